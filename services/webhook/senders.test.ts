import { beforeEach, expect, test } from "vitest";
import { makeSenders, type SenderLimits, type Senders } from "./senders.ts";

const limits: SenderLimits = { bytesMax: 1_000, arrivingMax: 3, pauseMs: 2_000, bytesPerSecondMin: 100 };

let senders: Senders;
let cut: string[];
beforeEach(() => {
  senders = makeSenders(limits);
  cut = [];
});

function begin(name: string, bytes = 0) {
  const sender = senders.begin((why) => cut.push(`${name} ${why}`));
  senders.received(sender, bytes);
  return sender;
}

test("a sender that sends nothing is cut after the pause that it may make, whatever it announced", () => {
  begin("idle");
  senders.tick(1_999);
  expect(cut).toEqual([]);
  senders.tick(1);
  expect(cut).toEqual(["idle slow"]);
  expect(senders.count()).toBe(0);
});

test("a sender that stops in the middle is cut after the same pause, however much it sent at once", () => {
  const sender = begin("burst", 900);
  senders.tick(1_000);
  senders.received(sender, 100);
  senders.tick(1_999);
  expect(cut).toEqual([]);
  senders.tick(1);
  expect(cut).toEqual(["burst slow"]);
});

test("a sender that never stops and sends less than the least is cut, one that sends the least is not", () => {
  const [least, less] = [begin("least"), begin("less")];
  for (let second = 1; second <= 5; second += 1) {
    senders.tick(1_000);
    senders.received(least, 100);
    senders.received(less, 50);
  }
  expect(cut).toEqual(["less slow"]);
});

test("what was announced counts nothing: any number of bytes may be awaited", () => {
  begin("one");
  begin("two");
  begin("three", 1_000);
  expect(cut).toEqual([]);
});

test("above the bytes that are held at once those are cut who have sent nothing for longest", () => {
  begin("first", 400);
  begin("second", 400);
  senders.tick(100);
  begin("third", 400);
  expect(cut).toEqual(["first busy"]);
});

test("who sends all the time is cut after those who wait, also when it came first", () => {
  const honest = begin("honest", 300);
  begin("waits", 300);
  begin("waits too", 300);
  senders.tick(100);
  senders.received(honest, 300);
  senders.received(honest, 300);
  expect(cut).toEqual(["waits busy", "waits too busy"]);
});

test("a byte now and then is no progress: who sends so is cut before those who sent more and wait since", () => {
  const trickle = begin("trickle", 500);
  senders.tick(1_000);
  begin("honest", 300);
  senders.tick(500);
  senders.received(trickle, 1);
  begin("third", 300);
  expect(cut).toEqual(["trickle busy"]);
});

test("a body that is whole counts until its answer, and only those that arrive are cut", () => {
  const whole = begin("whole", 900);
  senders.whole(whole);
  senders.tick(60_000);
  begin("waits");
  const late = begin("late", 200);
  expect(cut).toEqual(["late busy"]);
  senders.received(late, 200);
  senders.end(whole);
  begin("later", 1_000);
  expect(cut).toEqual(["late busy"]);
});

test("bytes of a body that is whole, which nobody awaits, count nothing and leave it whole", () => {
  const whole = begin("whole", 900);
  senders.whole(whole);
  senders.received(whole, 200);
  senders.tick(60_000);
  expect(cut).toEqual([]);
  begin("fits", 100);
  expect(cut).toEqual([]);
});

test("of more bodies than may arrive at once the one that waits longest is cut, and the latest gets in", () => {
  for (const name of ["first", "second", "third"]) {
    begin(name);
    senders.tick(10);
  }
  begin("fourth");
  expect(cut).toEqual(["first busy"]);
});

test("bytes that come after the cut count nothing", () => {
  const first = begin("first", 600);
  begin("second", 600);
  senders.received(first, 10_000);
  senders.whole(first);
  expect(cut).toEqual(["first busy"]);
  expect(senders.count()).toBe(1);
});
