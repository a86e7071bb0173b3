import { expect, test } from "vitest";
import { checkPath } from "./paths.ts";

const within = { workTree: "/workspace/project", allowed: ["AGENTS.md"] };

test.each([
  "src/a.ts",
  "./README.md",
  "/workspace/project/a",
  "docs/.github.md",
  "a/../b",
  ".gitignore",
  ".gitattributes",
  "AGENTS.md",
  "./AGENTS.md",
])("a file tool may write %s", (path) => {
  expect(checkPath(path, within)).toEqual({ verdict: "allow" });
});

test.each([
  ...[
    "",
    ".",
    "..",
    "/etc/passwd",
    "../x",
    "a/../../x",
    "/workspace/project",
    "/workspace/projects/a",
    "/workspace/project/../x",
    "a\0b",
  ],
  ...[
    ".git",
    ".git/config",
    "sub/.git/hooks/x",
    ".GIT/config",
    ".github/workflows/ci.yml",
    ".GitHub/x",
    "CODEOWNERS",
    "docs/CODEOWNERS",
  ],
  ...[".rig-agent.yaml", "sub/../.rig-agent.yaml", "sub/AGENTS.md", ".gitmodules", ".gitlab-ci.yml"],
])("a file tool may not write %j", (path) => {
  expect(checkPath(path, within)).toMatchObject({ verdict: "block", rule: "protected-path" });
});

test("what the approved issue names may be written, and nothing beside it", () => {
  const allowed = [".github/workflows/ci.yml"];
  expect(checkPath(".github/workflows/ci.yml", { ...within, allowed }).verdict).toBe("allow");
  expect(checkPath(".github/workflows/other.yml", { ...within, allowed }).verdict).toBe("block");
  expect(checkPath(".git/config", { ...within, allowed: [".git/config"] }).verdict).toBe("block");
});
