import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "#kit/process/shell.ts";
import { BinaryNotFound, type BinaryOptions, findNatsCli, findNatsServer } from "./binaries.ts";
import { natsCliPin, natsServerPin, type ProgramPin } from "./release-pins.ts";

const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;

let directory: string;
let release: { readonly base: string; readonly files: Map<string, Buffer>; readonly asked: string[]; server: Server };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-binaries-"));
  const files = new Map<string, Buffer>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const file = files.get(request.url ?? "");
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  release = { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, files, asked, server };
});

afterEach(async () => {
  release.server.closeAllConnections();
  release.server.close();
  await rm(directory, { recursive: true, force: true });
});

/** Nothing of this machine is searched: what a test wants found, it puts there. */
function nothing(more: BinaryOptions = {}): BinaryOptions {
  return {
    cacheDirectory: join(directory, "cache"),
    pathVariable: "",
    releaseBase: release.base,
    goProgram: join(directory, "no-go"),
    ...more,
  };
}

async function program(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Packs a program as the project releases it, serves it, and returns the pin with its sum. */
async function served(pin: ProgramPin, script: string): Promise<ProgramPin> {
  const path = natsServerOrCliPath(pin);
  const name = path.split("/").at(-1) ?? "";
  const folder = name.replace(/\.(tar\.gz|zip)$/, "");
  await program(join(directory, "packed", folder, pin.program), script);
  const pack: readonly [string, string[]] = name.endsWith(".zip")
    ? ["python3", ["-m", "zipfile", "-c", name, folder]]
    : ["tar", ["-czf", name, folder]];
  const packed = await runCommand(pack[0], pack[1], { cwd: join(directory, "packed") });
  expect(packed.stderr).toBe("");
  const archive = await readFile(join(directory, "packed", name));
  release.files.set(path, archive);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  return { ...pin, releases: { [platform]: { path, sha256 } } };
}

function natsServerOrCliPath(pin: ProgramPin): string {
  const any = Object.values(pin.releases)[0]?.path ?? "";
  return any.replace(/(linux|darwin)-(amd64|arm64)/, platform);
}

const go = (script: string) => program(join(directory, "go", "go"), script);

describe("findNatsServer", () => {
  it("uses the program on PATH when it has the pinned version", async () => {
    const path = await program(join(directory, "right", "nats-server"), "echo nats-server: v2.14.5");
    await program(join(directory, "old", "nats-server"), "echo nats-server: v2.9.10");
    const pathVariable = `${join(directory, "old")}:${join(directory, "right")}`;
    expect(await findNatsServer(nothing({ pathVariable }))).toEqual({ path, version: "2.14.5", from: "path" });
    expect(release.asked).toEqual([]);
  });

  it("does not use another version on PATH and names the version that it found", async () => {
    await program(join(directory, "old", "nats-server"), "echo nats-server: v2.9.10");
    const search = findNatsServer(nothing({ pathVariable: join(directory, "old") }));
    await expect(search).rejects.toThrow(/old\/nats-server says 2\.9\.10, not 2\.14\.5/);
  });

  it("unpacks the official release when its sum is right, and finds it in the cache from then on", async () => {
    const pin = await served(natsServerPin, "echo nats-server: v2.14.5");
    const found = await findNatsServer(nothing({ pin }));
    expect(found).toMatchObject({ version: "2.14.5", from: "release" });
    expect((await runCommand(found.path, ["--version"])).stdout).toContain("v2.14.5");
    expect(await findNatsServer(nothing({ pin }))).toEqual({ ...found, from: "cache" });
    expect(release.asked).toHaveLength(1);
  });

  it("refuses a release with a wrong sum, unpacks nothing and tries go next", async () => {
    const pin = await served(natsServerPin, "echo evil");
    const path = natsServerOrCliPath(natsServerPin);
    const wrong = { ...pin, releases: { [platform]: { path, sha256: "0".repeat(64) } } };
    const goProgram = await go(`printf '#!/bin/sh\\necho built' > "$GOBIN/nats-server"`);
    const found = await findNatsServer(nothing({ pin: wrong, goProgram }));
    expect(found.from).toBe("go");
    expect((await runCommand(found.path, [])).stdout).toBe("built");
    expect(await readdir(join(directory, "cache", "bin"))).toEqual(["nats-server-2.14.5"]);
  });

  it("asks go for exactly the pinned module, in a module that names nothing else", async () => {
    const goProgram = await go(
      `cp go.mod "${directory}/go.mod"; echo "$@" > "${directory}/args"; echo > "$GOBIN/nats-server"`,
    );
    await findNatsServer(nothing({ goProgram }));
    expect(await readFile(join(directory, "go.mod"), "utf8")).toContain(
      "require github.com/nats-io/nats-server/v2 v2.14.5",
    );
    expect(await readFile(join(directory, "args"), "utf8")).toBe(
      "install -mod=mod github.com/nats-io/nats-server/v2\n",
    );
  });

  it("tries go at once on a platform without a pinned release", async () => {
    const goProgram = await go(`echo > "$GOBIN/nats-server"`);
    const found = await findNatsServer(nothing({ pin: { ...natsServerPin, releases: {} }, goProgram }));
    expect(found.from).toBe("go");
    expect(release.asked).toEqual([]);
  });

  it("says what takes long before it begins, and says nothing when the program is there", async () => {
    const said: string[] = [];
    const onSlow = (sentence: string) => void said.push(sentence);
    const goProgram = await go(`cp "${directory}/said" "$GOBIN/nats-server"`);
    const telling = (sentence: string) => {
      onSlow(sentence);
      // The stub of go copies this file, so it is there only when the sentence came first.
      writeFileSync(join(directory, "said"), sentence);
    };
    await findNatsServer(nothing({ goProgram, onSlow: telling }));
    expect(said).toEqual([
      expect.stringMatching(/^nats-server 2\.14\.5 is neither on PATH nor in the cache: downloading http:.+ …$/),
      "Building nats-server 2.14.5 with go: the first time takes some minutes …",
    ]);
    await findNatsServer(nothing({ onSlow }));
    expect(said).toHaveLength(2);
  });

  it("removes what a killed build left more than an hour ago, and leaves a build that is under way", async () => {
    const bin = join(directory, "cache", "bin");
    for (const [name, minutes] of [
      ["old", 61],
      ["young", 59],
    ] as const) {
      await mkdir(join(bin, `.making-${name}`, "inside"), { recursive: true });
      const then = new Date(Date.now() - minutes * 60_000);
      await utimes(join(bin, `.making-${name}`), then, then);
    }
    await findNatsServer(nothing({ goProgram: await go(`echo > "$GOBIN/nats-server"`) }));
    expect((await readdir(bin)).sort()).toEqual([".making-young", "nats-server-2.14.5"]);
  });

  it("names all four ways, why each failed and what to do", async () => {
    const goProgram = await go(`echo "go: module requires go >= 1.99 (running go 1.26)" >&2; exit 1`);
    const error = await findNatsServer(nothing({ goProgram })).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BinaryNotFound);
    const { message, reasons } = error as BinaryNotFound;
    expect(reasons.path).toBe("no nats-server in it");
    expect(reasons.cache).toContain("nats-server-2.14.5/nats-server does not exist");
    expect(reasons.release).toContain("answered 404");
    expect(reasons.go).toContain("go: module requires go >= 1.99 (running go 1.26)");
    expect(message).toMatch(
      /PATH: .*\n.*cache: .*\n.*official release: .*\n.*go install: .*\nDo one of these: install/,
    );
  });

  it("names both causes when there is no go and the release host refuses connections", async () => {
    release.server.close();
    const error = await findNatsServer(nothing()).catch((caught: unknown) => caught);
    expect((error as BinaryNotFound).reasons.go).toContain("no-go could not be started: is it installed");
    expect((error as BinaryNotFound).reasons.release).toContain("could not be fetched: connect ECONNREFUSED");
  });

  it("leaves one whole program behind when many callers build it at once", async () => {
    const goProgram = await go(`printf '#!/bin/sh\\necho whole' > "$GOBIN/nats-server"`);
    const found = await Promise.all(Array.from({ length: 8 }, () => findNatsServer(nothing({ goProgram }))));
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect((await runCommand(found[0]?.path ?? "", [])).stdout).toBe("whole");
    expect(await readdir(join(directory, "cache", "bin"))).toEqual(["nats-server-2.14.5"]);
  });
});

describe("findNatsCli", () => {
  it("unpacks the zip of the official release", async () => {
    const pin = await served(natsCliPin, "echo 0.4.0");
    const found = await findNatsCli(nothing({ pin }));
    expect(found).toMatchObject({ version: "0.4.0", from: "release" });
    expect((await runCommand(found.path, ["--version"])).stdout).toBe("0.4.0");
  });

  it("uses a program on PATH that reports v0.4.0, as one built by go does", async () => {
    await program(join(directory, "bin", "nats"), "echo v0.4.0");
    expect((await findNatsCli(nothing({ pathVariable: join(directory, "bin") }))).from).toBe("path");
  });
});
