import { access } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { readBroughtAlong } from "./brought-along.ts";
import { demoRepository } from "./demo/issues.ts";
import { demoPlaybook } from "./demo/playbook.ts";
import { startRig } from "./rig-up.ts";

afterEach(() => vi.unstubAllEnvs());

test("a policy that cannot be read is refused before anything starts", async () => {
  vi.stubEnv("RIG_POLICY", "/no/such/policy.yaml");
  const dataDirectory = join(tmpdir(), "rig-never-made", "data");
  const options = { repository: demoRepository, playbook: demoPlaybook, services: "together" as const };
  const started = startRig({ ...options, dataDirectory, broughtAlong: readBroughtAlong({}) });
  await expect(started).rejects.toThrow("/no/such/policy.yaml cannot be read");
  await expect(access(join(tmpdir(), "rig-never-made"))).rejects.toThrow("ENOENT");
});
