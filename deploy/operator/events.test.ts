import { expect, test } from "vitest";
import { whenLost } from "./events.ts";

test("a connection that stays lost ends what follows the events, with exit code 1", async () => {
  const statuses = async function* () {
    yield { type: "ping" };
    yield { type: "disconnect" };
    yield { type: "reconnecting" };
  };
  expect(await whenLost(statuses(), 0)).toBe(1);
});
