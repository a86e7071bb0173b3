import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coder, person, startTestForge, type TestForge } from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
const gitlinkSha = "1234567890".repeat(4);
let local: TestForge;
let base = "";
let head = "";

/** A head that has everything which a diff can hide. */
beforeAll(async () => {
  local = await startTestForge({ limits: { patchLinesMax: 50, filesMax: 10 } });
  await local.git(coder, "clone");
  base = (await local.git(coder, "rev-parse", "origin/main")).stdout;
  const clone = join(local.directory, "clone");
  await local.push(coder, "all", { "sum.js": "export const sum = () => 3;\n", 'odd "b/name.txt': "odd\n" });
  await writeFile(join(clone, "hidden.js"), "export const safe = 1;\0\n");
  await writeFile(join(clone, "long.txt"), "line\n".repeat(60));
  await writeFile(
    join(clone, "spoof.txt"),
    "a\rdiff --git a/none b/none\rnew file mode 100644\u2028diff --git a/x b/x\n",
  );
  await symlink("/etc/passwd", join(clone, "link"));
  await mkdir(join(clone, "module"));
  await local.git(coder, "update-index", "--add", "--cacheinfo", `160000,${gitlinkSha},module`);
  head = await local.push(coder, "all", { "last.txt": "1\n" });
}, 60_000);
afterAll(() => local.close());

const compare = (basehead: string, more: object = {}) =>
  local.octokitOf(person).rest.repos.compareCommitsWithBasehead({ ...shop, basehead, ...more });

describe("the comparison of two commits", { timeout: 60_000 }, () => {
  it("has the files of the head since the two left each other, by SHA and by branch", async () => {
    const { data } = await compare(`${base}...${head}`);
    expect(data).toMatchObject({ status: "ahead", ahead_by: 2, behind_by: 0, total_commits: 2 });
    expect(data.merge_base_commit.sha).toBe(base);
    expect(data.commits.map((each) => each.sha).at(-1)).toBe(head);
    expect((await compare("main...all")).data.files).toEqual(data.files);
    expect((await compare("all...main")).data).toMatchObject({ status: "behind", behind_by: 2, files: [] });
    expect((await compare("main...main")).data.status).toBe("identical");
  });

  it("shows no patch of a file with a NUL byte and of one that is too large, and says that they changed", async () => {
    const { data } = await compare(`${base}...${head}`);
    const patchOf = (name: string) => data.files?.find((each) => each.filename === name);
    expect(patchOf("hidden.js")).toMatchObject({ status: "added", additions: 0 });
    expect(patchOf("hidden.js")).not.toHaveProperty("patch");
    expect(patchOf("long.txt")).toMatchObject({ status: "added", additions: 60 });
    expect(patchOf("long.txt")).not.toHaveProperty("patch");
    expect(patchOf("sum.js")?.patch).toContain("+export const sum = () => 3;");
  });

  it("shows a symlink and a gitlink as what they are, and names each file right", async () => {
    const { data } = await compare(`${base}...${head}`);
    const names = data.files?.map((each) => each.filename).sort();
    expect(names).toEqual(
      ["hidden.js", "last.txt", "link", "long.txt", "module", 'odd "b/name.txt', "spoof.txt", "sum.js"].sort(),
    );
    expect(data.files?.find((each) => each.filename === "link")?.patch).toContain("+/etc/passwd");
    expect(data.files?.find((each) => each.filename === "module")?.patch).toContain(`+Subproject commit ${gitlinkSha}`);
    const diff = String((await compare(`${base}...${head}`, { mediaType: { format: "diff" } })).data);
    expect(diff).toContain("diff --git a/link b/link\nnew file mode 120000\n");
    expect(diff).toContain("diff --git a/module b/module\nnew file mode 160000\n");
    expect(diff).toContain("Binary files /dev/null and b/hidden.js differ\n");
    const patch = await compare(`${base}...${head}`, { mediaType: { format: "patch" } });
    expect(String(patch.data)).toContain("Subject: [PATCH 2/2] Change last.txt");
  });

  it("names the mode of every path in the tree of the head", async () => {
    const { data } = await local.octokitOf(person).rest.git.getTree({ ...shop, tree_sha: head, recursive: "1" });
    const modeOf = (path: string) => data.tree.find((each) => each.path === path)?.mode;
    expect(["link", "module", "sum.js", 'odd "b'].map(modeOf)).toEqual(["120000", "160000", "100644", "040000"]);
    const link = data.tree.find((each) => each.path === "link")?.sha ?? "";
    const blob = await local.octokitOf(person).rest.git.getBlob({ ...shop, file_sha: link });
    expect(Buffer.from(blob.data.content, "base64").toString()).toBe("/etc/passwd");
  });

  it("lists no more files than its bound and does not say so, and refuses the diff whole", async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_each, at) => [`many/${at}.txt`, `${at}\n`]));
    const sha = await local.push(coder, "many", files);
    expect((await compare(`main...${sha}`)).data.files).toHaveLength(10);
    await expect(compare(`main...${sha}`, { mediaType: { format: "diff" } })).rejects.toMatchObject({
      status: 406,
      message: expect.stringContaining("Sorry, the diff exceeded the maximum number of files (10)"),
    });
  });

  it("answers 404 for what it does not know", async () => {
    await expect(compare(`main...${"0".repeat(40)}`)).rejects.toMatchObject({ status: 404 });
    await expect(compare("main")).rejects.toMatchObject({ status: 404 });
  });
});
