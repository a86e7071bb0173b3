import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { factTypes } from "#contracts/catalogue.ts";
import packageJson from "../package.json" with { type: "json" };
import { houseViolations } from "../services/_rules/house.ts";

// `npm run check:tidy`: prints every violation of the house rules, and ends with exit code 1 when there is one. A program and no test,
// because Vitest takes longer to start than the rules to read every file.

const root = join(import.meta.dirname, "..");
const listed = `${execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root })}`;
const violations = houseViolations({
  paths: listed.split("\n").filter((path) => path !== "" && existsSync(join(root, path))),
  read: (path) => readFileSync(join(root, path), "utf8"),
  declared: {
    dependencies: Object.keys(packageJson.dependencies),
    devDependencies: Object.keys(packageJson.devDependencies),
  },
  factTypes,
});
for (const violation of violations) process.stdout.write(`${violation}\n`);
process.exitCode = violations.length === 0 ? 0 : 1;
