import { describe, expect, test } from "vitest";
import { readBroughtAlong } from "./brought-along.ts";

describe("what the operator brings along", () => {
  test("is nothing when nothing is set, and an empty setting is none", () => {
    const nothing = {
      natsUrl: undefined,
      natsKeysDirectory: undefined,
      databaseUrl: undefined,
      github: undefined,
      model: undefined,
    };
    expect(readBroughtAlong({})).toEqual(nothing);
    expect(readBroughtAlong({ NATS_URL: "", DATABASE_URL: "", ANTHROPIC_API_KEY: "" })).toEqual(nothing);
  });

  test("is a real bus and a real database by their addresses", () => {
    const broughtAlong = readBroughtAlong({
      NATS_URL: "nats://bus:4222",
      NATS_NKEYS_DIRECTORY: "/keys",
      DATABASE_URL: "postgres://db/rig",
    });
    expect(broughtAlong).toMatchObject({
      natsUrl: "nats://bus:4222",
      natsKeysDirectory: "/keys",
      databaseUrl: "postgres://db/rig",
    });
  });

  test("a real model is refused with the reason, unless the override is named", () => {
    expect(() => readBroughtAlong({ ANTHROPIC_API_KEY: "key" })).toThrow(
      /without guard and sandbox.*RIG_ALLOW_UNGUARDED_MODEL=yes/,
    );
    expect(() => readBroughtAlong({ ANTHROPIC_API_KEY: "key", RIG_ALLOW_UNGUARDED_MODEL: "1" })).toThrow(
      /without guard/,
    );
    const { model } = readBroughtAlong({ ANTHROPIC_API_KEY: "key", RIG_ALLOW_UNGUARDED_MODEL: "yes", RIG_MODEL: "m" });
    expect(model).toEqual({ ANTHROPIC_API_KEY: "key", RIG_ALLOW_UNGUARDED_MODEL: "yes", RIG_MODEL: "m" });
  });

  test("a port of the webhook or a level of the logs that is none is refused before anything starts", () => {
    expect(() => readBroughtAlong({ WEBHOOK_PORT: "eighty" })).toThrow(/^WEBHOOK_PORT is "eighty", which is no port/);
    expect(() => readBroughtAlong({ LOG_LEVEL: "debug" })).toThrow(/^LOG_LEVEL is "debug", which is no level/);
    expect(() => readBroughtAlong({ WEBHOOK_PORT: "9000", LOG_LEVEL: "Debug" })).not.toThrow();
    expect(() => readBroughtAlong({ WEBHOOK_PORT: "", LOG_LEVEL: "" })).not.toThrow();
  });

  test("a model on this machine needs no override", () => {
    expect(
      readBroughtAlong({ ANTHROPIC_API_KEY: "key", ANTHROPIC_BASE_URL: "http://127.0.0.1:1" }).model,
    ).toBeDefined();
  });

  test("a real GitHub is what has an identity, and it needs the webhook's secret", () => {
    expect(readBroughtAlong({ GITHUB_TOKEN: "of another tool" }).github).toBeUndefined();
    expect(() => readBroughtAlong({ GITHUB_TOKEN_DEV_E: "t" })).toThrow(/GITHUB_WEBHOOK_SECRET is not set/);
    const github = { GITHUB_TOKEN_DEV_E: "t", GITHUB_WEBHOOK_SECRET: "s" };
    expect(readBroughtAlong({ ...github, OTHER: "x" }).github).toEqual(github);
  });

  test("the operator's own token is no real GitHub, and no service gets it", () => {
    expect(readBroughtAlong({ GITHUB_TOKEN_OPERATOR: "t" }).github).toBeUndefined();
    const github = { GITHUB_TOKEN_DEV_E: "t", GITHUB_WEBHOOK_SECRET: "s" };
    expect(readBroughtAlong({ ...github, GITHUB_TOKEN_OPERATOR: "o" }).github).toEqual(github);
  });
});
