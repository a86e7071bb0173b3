import { ConfigProvider, Layer } from "effect";
import type { StartRefused } from "#kit/errors.ts";
import type { Answer, Asked } from "#kit/test/test-answers.ts";
import { answer, streamEvents } from "../../../deploy/local/model/answer.ts";
import type { Message } from "../../../deploy/local/model/messages-api.ts";
import type { ScriptedReply } from "../../../deploy/local/model/playbook.ts";
import { parseRequest } from "../../../deploy/local/model/request.ts";
import { type Model, modelLayer } from "./model.ts";

/** The fields that a test changes in a message of the scripted model. */
export type MessageChange = Partial<Omit<Message, "usage">> & { readonly usage?: Partial<Message["usage"]> };

/** Makes the scripted model's answer to a request from this reply; it is a stream when the request asks for one. */
export function messageTo({ body }: Asked, reply: ScriptedReply, change: MessageChange = {}): Answer {
  const request = parseRequest(Buffer.from(JSON.stringify(body)), "answer");
  const plain = answer([{ name: "test", matches: () => true, reply: () => reply }], request);
  const message: Message = { ...plain, ...change, usage: { ...plain.usage, ...change.usage } };
  if (!request.stream) return { body: message };
  const events = [...streamEvents(message)].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return { headers: { "content-type": "text/event-stream" }, body: events.join("") };
}

/** Makes the model of a service whose settings name the API at this URL; `env` replaces settings. */
export function modelAt(url: string, env: Readonly<Record<string, string>> = {}): Layer.Layer<Model, StartRefused> {
  const settings = { ANTHROPIC_API_KEY: "sk-own", ANTHROPIC_BASE_URL: url, RIG_MODEL: "claude-test", ...env };
  return Layer.provide(modelLayer, ConfigProvider.layer(ConfigProvider.fromEnv({ env: settings })));
}
