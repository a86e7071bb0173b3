import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { freePort } from "#kit/process/http.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import webhook from "./main.ts";
import { type Sender, senderTo } from "./test-sender.ts";

// What strangers may cost the webhook: raw connections to the real service, which send what no client library would.

const secret = "a secret of this test";
const largest = 25 * 1024 * 1024;
const wellFormed = `X-Hub-Signature-256: sha256=${"0".repeat(64)}`;
const named = ["X-GitHub-Event: issues", `X-GitHub-Delivery: ${randomUUID()}`];

let world: World;
let sender: Sender;
let port: number;
const sockets: Socket[] = [];

beforeAll(async () => {
  port = await freePort();
  world = await startWorld({ settings: { GITHUB_WEBHOOK_SECRET: secret, WEBHOOK_PORT: `${port}` } });
  world.startService(webhook);
  sender = senderTo(port, secret);
  await eventually(async () => expect((await fetch(`${sender.url}/health`)).status).toBe(200), 15_000);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => world.stop());

/** Sends the head of a delivery and no body. */
function sendHead(...headers: readonly string[]): Socket {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  // The server closes the connection as soon as it has refused.
  socket.on("error", () => undefined);
  const head = ["POST /api/webhook/github HTTP/1.1", "Host: rig", "Content-Type: application/json", ...headers];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  return socket;
}

async function refused(): Promise<Readonly<Record<string, number>>> {
  const health = (await (await fetch(`${sender.url}/health`)).json()) as { refused: Record<string, number> };
  return health.refused;
}

const storedCount = async () => (await world.manager.streams.info("GITHUB")).state.messages;

test.each([
  ["without a signature", "unsigned", "401", ["Content-Length: 1000", ...named]],
  ["with a signature of the old kind", "unsigned", "401", [`X-Hub-Signature: sha1=${"0".repeat(40)}`, ...named]],
  ["with a signature that is cut off", "unsigned", "401", ["X-Hub-Signature-256: sha256=00", ...named]],
  ["without its event", "incomplete", "400", ["Content-Length: 1000", wellFormed, `X-GitHub-Delivery: 1`]],
  ["without its length", "without-length", "411", ["Transfer-Encoding: chunked", wellFormed, ...named]],
])(
  "a request %s is answered before its body came, counted, and its connection closed",
  async (_name, why, status, headers) => {
    const before = (await refused())[why] ?? 0;
    const answer = await text(sendHead(...headers));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await refused())[why]).toBe(before + 1);
  },
);

test("bodies of made-up signatures are received up to 100 MB together; one more is told to come later", async () => {
  const stored = await storedCount();
  const slow = Array.from({ length: 4 }, () => sendHead(`Content-Length: ${largest}`, wellFormed, ...named));
  const post = () => sender.post("ping", `{"zen":"${randomUUID()}"}`);
  // 9 s: a head waits 10 s for its body.
  await eventually(async () => expect((await post()).status).toBe(503), 9_000);
  expect((await refused()).busy).toBeGreaterThanOrEqual(1);
  slow[0]?.destroy();
  await eventually(async () => expect((await post()).status).toBe(202), 9_000);
  expect(await storedCount()).toBeGreaterThan(stored);
});

test("a body that is no UTF-8 is refused and counted, whatever signed it", async () => {
  const before = { stored: await storedCount(), counted: (await refused())["not-utf8"] ?? 0 };
  const body = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  const answer = await sender.post("issues", body, { "x-hub-signature-256": signature });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ message: expect.stringContaining("no UTF-8") });
  expect((await refused())["not-utf8"]).toBe(before.counted + 1);
  expect(await storedCount()).toBe(before.stored);
});

test("a body that begins with a byte order mark is verified with it", async () => {
  const stored = await storedCount();
  expect((await sender.post("ping", "\uFEFF{}")).status).toBe(202);
  expect(await storedCount()).toBe(stored + 1);
});

test("a body above 25 MB is answered 413, one just below is stored whole", async () => {
  const stored = await storedCount();
  const filled = (bytes: number) => {
    const frame = `{"zen":""}`;
    return `{"zen":"${"z".repeat(bytes - frame.length)}"}`;
  };
  const above = await sender.post("ping", filled(largest + 1)).catch((cause: unknown) => cause);
  // The server may close the connection while the sender still writes.
  if (above instanceof Response) expect(above.status).toBe(413);
  expect(await storedCount()).toBe(stored);
  expect((await sender.post("ping", filled(largest))).status).toBe(202);
  const last = await world.manager.direct.getMessage("GITHUB", { last_by_subj: "github.ping._._._" });
  expect(last?.data.length).toBe(largest);
});

test("a connection beyond the 256th is closed at once", async () => {
  const waiting = Array.from({ length: 256 }, () => {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    return socket.on("error", () => undefined);
  });
  await Promise.all(waiting.map((socket) => (socket.connecting ? once(socket, "connect") : undefined)));
  const more = sendHead("Content-Length: 2", wellFormed, ...named);
  expect(await text(more).catch(() => "")).toBe("");
});
