import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createRawHttpServer, freePort, listen } from "#kit/process/http.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import { type Admission, makeAdmission } from "./admission.ts";
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
function sendHead(headers: readonly string[], at = port, path = "/api/webhook/github"): Socket {
  const socket = connect(at, "127.0.0.1");
  sockets.push(socket);
  // The server closes the connection as soon as it has refused.
  socket.on("error", () => undefined);
  const head = [`POST ${path} HTTP/1.1`, "Host: rig", "Content-Type: application/json", ...headers];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  return socket;
}

async function refused(): Promise<Readonly<Record<string, number>>> {
  const health = (await (await fetch(`${sender.url}/health`)).json()) as { refused: Record<string, number> };
  return health.refused;
}

/** A body of so many bytes. */
function filled(bytes: number): string {
  const frame = `{"zen":""}`;
  return `{"zen":"${"z".repeat(bytes - frame.length)}"}`;
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
    const answer = await text(sendHead(headers));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await refused())[why]).toBe(before + 1);
  },
);

test("the webhook reads no body for a path that it does not have", async () => {
  const answer = await text(sendHead(["Content-Length: 1000"], port, "/elsewhere"));
  expect(answer).toMatch(/^HTTP\/1.1 404 /);
});

/** Sends the head of a delivery with a made-up signature, and waits until its body is awaited. */
async function announce(bytes: number, at = port): Promise<Socket> {
  const socket = sendHead([`Content-Length: ${bytes}`, wellFormed, ...named, "Expect: 100-continue"], at);
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1.1 100 /);
  return socket;
}

test("sockets that announce 25 MB and send nothing keep no delivery out, and one of 25 MB is stored whole", async () => {
  const before = (await refused()).busy ?? 0;
  await Promise.all(Array.from({ length: 200 }, () => announce(largest)));
  expect((await sender.post("ping", `{"zen":"small"}`)).status).toBe(202);
  expect((await sender.post("ping", filled(largest))).status).toBe(202);
  const last = await world.manager.direct.getMessage("GITHUB", { last_by_subj: "github.ping._._._" });
  expect(last?.data.length).toBe(largest);
  // At most 128 bodies are awaited at once.
  expect((await refused()).busy).toBeGreaterThanOrEqual(before + 200 - 128);
});

/** Runs with a server that admits requests within these limits, and answers when their bodies are whole. */
async function withAdmission(
  limits: { readonly bytesMax: number; readonly pauseMs: number },
  use: (at: number, admission: Admission) => Promise<void>,
): Promise<void> {
  const admission = makeAdmission(limits.bytesMax, { ...limits, arrivingMax: 8, bytesPerSecondMin: 1_000 });
  const server = createRawHttpServer({ bodyBytesMax: limits.bytesMax });
  server.post("/api/webhook/github", { onRequest: admission.admit }, async () => "received");
  try {
    await use(Number(new URL(await listen(server, { port: 0 })).port), admission);
  } finally {
    await server.close();
  }
}

// A thousandth of the webhook's 100 MB and 25 MB.
test("of bodies that come 100 MB are held at most, and those that stop in the middle make room for a delivery", () =>
  withAdmission({ bytesMax: 100_000, pauseMs: 60_000 }, async (at, { refused }) => {
    const stopping = await Promise.all(Array.from({ length: 5 }, () => announce(25_000, at)));
    const ends = stopping.map((socket) => once(socket, "data").then(([answer]) => String(answer)));
    for (const socket of stopping) socket.write(Buffer.alloc(24_999));
    expect(await Promise.race(ends)).toMatch(/^HTTP\/1.1 503 /);
    expect(refused.busy).toBe(1);
    const delivery = await announce(25_000, at);
    delivery.write(Buffer.alloc(25_000));
    expect(String((await once(delivery, "data"))[0])).toMatch(/^HTTP\/1.1 200 /);
    expect(refused).toMatchObject({ busy: 2, slow: 0 });
  }));

test("a sender that sends nothing, or stops in the middle, is told so and counted, and its connection is closed", () =>
  withAdmission({ bytesMax: 1_000, pauseMs: 100 }, async (at, { refused }) => {
    const [idle, stops] = [0, 1].map(() => sendHead(["Content-Length: 10", wellFormed, ...named], at));
    stops?.write("01234");
    for (const socket of [idle, stops]) expect(await text(socket as Socket)).toMatch(/^HTTP\/1.1 408 /);
    expect(refused).toMatchObject({ slow: 2, busy: 0 });
  }));

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

test("a body above 25 MB is answered 413 and not stored", async () => {
  const stored = await storedCount();
  const above = await sender.post("ping", filled(largest + 1)).catch((cause: unknown) => cause);
  // The server may close the connection while the sender still writes.
  if (above instanceof Response) expect(above.status).toBe(413);
  expect(await storedCount()).toBe(stored);
});

test("256 connections that wait keep no delivery out", async () => {
  for (let count = 0; count < 256; count += 1) {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    sockets.push(socket);
    await once(socket, "connect");
  }
  const body = Buffer.from(`{"zen":"${randomUUID()}"}`);
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const more = sendHead([`Content-Length: ${body.length}`, `X-Hub-Signature-256: sha256=${signature}`, ...named]);
  more.write(body);
  expect(String((await once(more, "data"))[0])).toMatch(/^HTTP\/1.1 202 /);
});
