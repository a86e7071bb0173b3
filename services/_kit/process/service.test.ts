import { Layer } from "effect";
import { expect, test } from "vitest";
import type { ServiceName } from "#contracts/choreography.ts";
import { service, serviceOf } from "./service.ts";

test("a main.ts exports its service, or what makes one of each name of its kind", () => {
  const make = (name: ServiceName) => service(name, Layer.empty, []);
  expect(serviceOf("dispatcher", make("dispatcher")).name).toBe("dispatcher");
  expect(serviceOf("dev-e", make).name).toBe("dev-e");
});

test("a program that makes no service of another name runs no other row", () => {
  const gate = service("merge-gate", Layer.empty, []);
  expect(() => serviceOf("dispatcher", gate)).toThrow(
    "dispatcher is to be run by the program of merge-gate, whose main.ts makes no service of another name",
  );
});
