import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createRawHttpServer, listen } from "./http.ts";

test("a request that does not arrive whole in its time is answered 408 and its connection closed", async () => {
  const server = createRawHttpServer({ bodyBytesMax: 1_000, requestMs: 100 });
  server.post("/", async () => "taken");
  const url = await listen(server, { port: 0 });
  try {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: rig\r\nContent-Length: 10\r\n\r\nhalf");
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
  } finally {
    await server.close();
  }
});

test("a connection on which nothing comes is closed", async () => {
  const server = createRawHttpServer({ bodyBytesMax: 1_000, silentMs: 100 });
  const url = await listen(server, { port: 0 });
  try {
    expect(await text(connect(Number(new URL(url).port), "127.0.0.1"))).toBe("");
  } finally {
    await server.close();
  }
});

test("one connection more than allowed closes the one without a request for longest, and none that is being answered", async () => {
  const server = createRawHttpServer({ bodyBytesMax: 1_000, connectionsMax: 3 });
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  server.get("/slow", () => {
    asked.resolve();
    return answer.promise;
  });
  server.get("/", async () => "answered");
  const url = await listen(server, { port: 0 });
  const open = async () => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: rig\r\nConnection: close\r\n\r\n`;
  try {
    const beingAnswered = await open();
    beingAnswered.write(get("/slow"));
    await asked.promise;
    const [idle, other] = [await open(), await open()];
    const more = await open();
    more.write(get("/"));
    expect(await text(more)).toMatch(/answered$/);
    expect(await text(idle)).toBe("");
    answer.resolve("late");
    expect(await text(beingAnswered)).toMatch(/late$/);
    other.write(get("/"));
    expect(await text(other)).toMatch(/answered$/);
  } finally {
    await server.close();
  }
});
