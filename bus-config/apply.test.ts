import { expect, test } from "vitest";
import { BusUnfit, floorFaults, SettingsRefused } from "./apply-faults.ts";
import { differences } from "./differences.ts";

const fit = { version: "2.14.5", apiLevel: 4, payloadBytesMax: 27_262_976 };

test.each(["2.14.5", "2.14.6", "2.15.0", "3.0.0", "2.14.5-RC.1"])("a server %s is fit", (version) => {
  expect(floorFaults({ ...fit, version }, 27_262_976)).toEqual([]);
});

test.each(["2.9.10", "2.14.4", "1.99.9", "unknown"])("a server %s is refused with the version to start", (version) => {
  expect(floorFaults({ ...fit, version }, 0)).toEqual([
    expect.stringContaining("It is older than 2.14.5: start that version"),
  ]);
});

test("a server that knows no API level is refused", () => {
  expect(floorFaults({ ...fit, apiLevel: 0 }, 0)).toEqual([expect.stringContaining("API level is below 4")]);
});

test("a server that accepts no large delivery is refused with the file to include", () => {
  expect(floorFaults({ ...fit, payloadBytesMax: 1_048_576 }, 27_262_976)).toEqual([
    expect.stringContaining("bus-config/generated/limits.conf"),
  ]);
});

test("the refusal of a server names what was found", () => {
  const old = { ...fit, version: "2.9.10", apiLevel: 0 };
  expect(new BusUnfit(old, floorFaults(old, 0)).message).toContain("found nats-server 2.9.10, API level 0");
});

test("a setting that the server dropped or changed is a difference", () => {
  const wanted = { name: "EVENTS", allow_atomic: true, max_age: 5, subjects: ["evt.>"] };
  expect(differences(wanted, { name: "EVENTS", max_age: 6, subjects: ["evt.>"], storage: "file" })).toEqual([
    { setting: "allow_atomic", wanted: true, got: undefined },
    { setting: "max_age", wanted: 5, got: 6 },
  ]);
});

test("what a server leaves out because it is false is no difference, and one filter is a list of one", () => {
  const wanted = { discard_new_per_subject: false, filter_subjects: ["work.>"] };
  expect(differences(wanted, { filter_subject: "work.>" })).toEqual([]);
});

test("a refusal of settings names stream, setting, wanted, got and what to do", () => {
  const refusal = {
    what: "stream",
    name: "WORK",
    differences: [{ setting: "retention", wanted: "workqueue", got: "limits" }],
    answer: "cannot change retention",
  } as const;
  const { message } = new SettingsRefused([refusal]);
  expect(message).toContain('stream WORK: retention is "limits", wanted "workqueue". It cannot change in place');
  expect(message).toContain('the server answered "cannot change retention"');
});
