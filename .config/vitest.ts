import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { temporaryDirectory } from "./temporary-files.ts";

// Two projects, one after the other: `unit` in milliseconds and without a process, `integration` on real engines.
const tests = ["contracts", "bus-config", "services", "deploy"].map((folder) => `${folder}/**/*.test.ts`);
const realEngines = ["**/*.int.test.ts", "**/*.e2e.test.ts"];
// The demo repository's tests are run by the forge, with node:test.
const foreign = ["**/node_modules/**", "deploy/local/demo/repository/**"];
const env = { TMPDIR: temporaryDirectory };

/** Starts the end-to-end files first: they take longest, and at the end one would run alone. */
class EndToEndFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isEndToEnd = ({ moduleId }: TestSpecification) => moduleId.endsWith(".e2e.test.ts");
    const sorted = await super.sort(files);
    return [...sorted.filter(isEndToEnd), ...sorted.filter((file) => !isEndToEnd(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: EndToEndFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: tests,
          exclude: [...foreign, ...realEngines],
          env,
          globalSetup: ".config/temporary-files.ts",
          // The files of a worker share their modules: without that, importing them takes half of the time. No test replaces a module.
          isolate: false,
          // Vitest leaves one core for a screen, which is half of the machine where there are two.
          maxWorkers: "100%",
          // The rules parse every file, which takes 3 s alone and 8 s beside a build.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: tests.flatMap((pattern) => realEngines.map((end) => pattern.replace("*.test.ts", end.slice(3)))),
          exclude: foreign,
          sequence: { groupOrder: 1 },
          env,
          globalSetup: [".config/temporary-files.ts", ".config/nats-server.ts"],
          pool: "forks",
          isolate: false,
          // 3 on two cores, because a third of the time is waits. Each worker holds a nats-server and, at most, a PGlite of 430 MB, and grows to 1 GB over all files.
          maxWorkers: 3,
          // PGlite alone takes up to 10 s to boot from nothing, and two workers may do so at once.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
