import fc from "fast-check";
import { rowNames, type ServiceName } from "#contracts/choreography.ts";
import {
  deadLetterSubject,
  inboxPrefix,
  leaseBucket,
  leaseKey,
  textSubject,
  workSubject,
} from "#contracts/subjects.ts";
import { reviewItem, workItem } from "#contracts/test-facts.ts";
import { priorities } from "#contracts/work.ts";
import { consumers } from "../consumers.ts";
import type { BusUser } from "../permissions.ts";
import { streams } from "../streams.ts";
import { factAttack } from "./test-fact-attacks.ts";
import { type Scene, slots } from "./test-stage.ts";
import { type Attack, anyBody, anyHeaders, anyReply, bytes, coveted, nth, often, publish } from "./test-wire.ts";

// What the holder of one key tries, generated from the catalogue, the streams, the consumers and the permissions of all users.

const anyRow = fc.constantFrom(...rowNames);
const anySlot = fc.constantFrom(...slots);
const streamNames = streams.map(({ config }) => config.name);
const anyStream = fc.constantFrom(...streamNames);
const anyConsumer = fc.constantFrom(...consumers.map(({ stream, config }) => `${stream}.${config.durable_name}`));
/** Every attack that this service's key is tried with. */
export function attackOf(attacker: ServiceName, users: readonly BusUser[]): fc.Arbitrary<Attack> {
  return fc.oneof(
    { weight: 10, arbitrary: factAttack(attacker) },
    { weight: 3, arbitrary: patternAttack(attacker, users) },
    { weight: 2, arbitrary: apiAttack },
    { weight: 2, arbitrary: ackAttack },
    { weight: 2, arbitrary: letterAttack },
    { weight: 2, arbitrary: leaseAttack },
    { weight: 1, arbitrary: textAttack(attacker) },
    { weight: 1, arbitrary: workAttack },
    { weight: 1, arbitrary: systemAttack },
    { weight: 1, arbitrary: subscription },
  );
}

/** Anything on a subject that a pattern of the permissions matches: half of the time one of the attacker's own. */
function patternAttack(attacker: ServiceName, users: readonly BusUser[]): fc.Arbitrary<Attack> {
  const patterns = (name: string) => users.find((user) => user.name === name)?.permissions.publish ?? [];
  const others = rowNames.flatMap(patterns);
  const pattern = fc.oneof(fc.constantFrom(...patterns(attacker)), fc.constantFrom(...others));
  const made = fc.record({ pattern, fill: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }) });
  return fc
    .tuple(made, anyBody, anyHeaders, anyReply)
    .map(([{ pattern: of, fill }, body, headers, reply]) => (scene) => {
      const api = of.startsWith("$JS.API.");
      const tokens = api
        ? streamNames
        : ["acme", "widgets", String(scene.numbers.held), String(scene.numbers.change), "1", attacker, "high"];
      let at = 0;
      const filled = of
        .split(".")
        .map((token) => (token === "*" || token === ">" ? nth(tokens, fill[at++] ?? 0) : token));
      return publish(filled.join("."), bytes(body), headers, reply)(scene);
    });
}

const apiVerbs = [
  ...["CREATE", "UPDATE", "DELETE", "PURGE", "INFO", "MSG.GET", "MSG.DELETE", "SNAPSHOT", "RESTORE", "LEADER.STEPDOWN"],
].map((verb) => `STREAM.${verb}`);
const consumerVerbs = ["CREATE", "DELETE", "PAUSE", "RESET", "UNPIN", "INFO", "MSG.NEXT", "LEADER.STEPDOWN"].map(
  (verb) => `CONSUMER.${verb}`,
);

const apiAttack: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.oneof(
      fc.tuple(fc.constantFrom(...apiVerbs, "DIRECT.GET", "CONSUMER.LIST"), anyStream),
      fc.tuple(fc.constantFrom(...consumerVerbs, "CONSUMER.DURABLE.CREATE"), anyConsumer),
      fc.constantFrom(["CONSUMER.CREATE", "EVENTS.spy"], ["META", "LEADER.STEPDOWN"], ["ACCOUNT", "PURGE.RIG"]),
    ),
    anyBody,
    anyHeaders,
    anyReply,
  )
  .map(([[verb, target], body, headers, reply]) => publish(`$JS.API.${verb}.${target}`, bytes(body), headers, reply));

const ackAttack: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.constantFrom("+ACK", "-NAK", "+TERM", "+NXT", "+WPI", ""),
    fc.oneof(
      fc.nat().map((at) => (scene: Scene) => nth(scene.inHand, at)),
      fc.tuple(anyConsumer, fc.nat(4), fc.nat(4)).map(
        ([of, stream, own]) =>
          () =>
            `$JS.ACK.${of}.1.${stream}.${own}.0.0`,
      ),
      fc.tuple(anyConsumer, anyConsumer).map(
        ([of, other]) =>
          () =>
            `$JS.ACK.${of}.${other}.1.1.1`,
      ),
      anyConsumer.map((of) => () => `$JS.ACK._.hash.${of}.1.1.1.0.0`),
    ),
    anyReply,
  )
  .map(
    ([word, subject, reply]) =>
      (scene) =>
        publish(subject(scene), bytes(word), () => [], reply)(scene),
  );

const letterAttack: fc.Arbitrary<Attack> = fc
  .tuple(anyConsumer, anyConsumer, fc.nat(), fc.boolean(), anyBody, anySlot, fc.nat({ max: 4 }))
  .map(([of, named, target, isItem, body, slot, sequence]) => (scene) => {
    const [stream = "", consumer = ""] = of.split(".");
    const payload = isItem ? JSON.stringify(workItem({ number: scene.numbers[slot], priority: "high" })) : body;
    const headers = [
      ["Rig-Subject", nth([...coveted(scene), workSubject(workItem({ number: scene.numbers[slot] }))], target)],
      ["Rig-Id", `${named.replace(".", "/")}/${sequence}`],
      ["Rig-Reason", "please replay"],
    ] as const;
    return publish(deadLetterSubject(stream, consumer), bytes(payload), () => headers, null)(scene);
  });

const leaseAttack: fc.Arbitrary<Attack> = fc
  .tuple(fc.constantFrom("issue" as const, "pr" as const), anySlot, anyHeaders, anyReply)
  .map(([kind, slot, headers, reply]) => (scene) => {
    const key = leaseKey({ kind, owner: "acme", repo: "widgets", number: scene.numbers[slot] });
    return publish(`$KV.${leaseBucket}.${key}`, bytes("mine-1"), headers, reply)(scene);
  });

function textAttack(attacker: ServiceName): fc.Arbitrary<Attack> {
  return fc
    .tuple(fc.nat(), often<string>(attacker, 1, anyRow), anySlot, fc.boolean(), anyHeaders, anyReply)
    .map(([at, emitter, slot, isHonest, headers, reply]) => (scene) => {
      const made = textSubject(
        { owner: "acme", repo: "widgets", number: scene.numbers[slot] },
        "0".repeat(64),
        emitter,
      );
      return publish(isHonest ? nth(scene.texts, at) : made, bytes("another text"), headers, reply)(scene);
    });
}

const workAttack: fc.Arbitrary<Attack> = fc
  .tuple(fc.boolean(), anySlot, fc.constantFrom(...priorities), anySlot, anyHeaders, anyReply)
  .map(([isDev, slot, priority, other, headers, reply]) => (scene) => {
    const item = (number: number) =>
      isDev ? workItem({ number, priority }) : reviewItem({ number, priority, headSha: scene.headSha });
    const payload = bytes(JSON.stringify(item(scene.numbers[other])));
    return publish(workSubject(item(scene.numbers[slot])), payload, headers, reply)(scene);
  });

/** What only the server says, the system account, services of NATS, and the inboxes of others. */
const systemAttack: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.WORK.dev-e-dev-node-normal",
        "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.EVENTS.dispatcher",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.ACCOUNT.RIG.CONNZ",
        "$SYS.REQ.SERVER.PING.JSZ",
        "$SYS.ACCOUNT.RIG.DISCONNECT",
        "$SRV.PING",
        "$SRV.INFO",
        "$JSC.R.x",
        "$JS.FC.EVENTS.dispatcher.x",
        "queued.dev.node.high.acme.widgets.1",
      ),
      anyRow.map((name) => `${inboxPrefix(name)}.hostile.x`),
    ),
    anyBody,
    anyReply,
  )
  .map(([subject, body, reply]) => publish(subject, bytes(body), () => [], reply));

const subscription: fc.Arbitrary<Attack> = fc
  .constantFrom(
    ...rowNames.map((name) => `${inboxPrefix(name)}.>`),
    ...[">", "evt.>", "work.>", "text.>", "github.>", "queued.>", "$JS.>", "$JS.API.>", "$KV.>", "$SYS.>", "_INBOX.>"],
  )
  .map((subject) => () => ({ verb: "subscribe", subject, payload: bytes(""), headers: [] }));
