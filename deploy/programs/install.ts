import { constants } from "node:fs";
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CommandNotStarted, runCommand } from "#kit/process/shell.ts";

/**
 * Makes a program in a directory of its own beside the target, then renames that into place, so that a reader or a second
 * maker sees all of it or nothing. When a second maker was faster, its program stays: both are the same version.
 */
export async function installInto(target: string, make: (directory: string) => Promise<string>): Promise<string> {
  const bin = dirname(dirname(target));
  await mkdir(bin, { recursive: true });
  await removeAbandoned(bin);
  const workshop = await mkdtemp(join(bin, ".making-"));
  try {
    const made = await make(workshop);
    const finished = join(workshop, ".finished");
    await mkdir(finished);
    await rename(made, join(finished, basename(target)));
    await chmod(join(finished, basename(target)), 0o755);
    await rename(finished, dirname(target)).catch(async (error: unknown) => {
      if (!(await isExecutable(target))) throw error;
    });
    return target;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** 1 h: a build may take 10 minutes (`fromGo`), so whoever made an older directory was killed. */
const abandonedAfterMs = 3_600_000;

async function removeAbandoned(bin: string): Promise<void> {
  for (const name of await readdir(bin)) {
    if (!name.startsWith(".making-")) continue;
    const path = join(bin, name);
    // A directory that is gone by now was finished by its maker.
    const changedMs = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (Date.now() - changedMs > abandonedAfterMs) await rm(path, { recursive: true, force: true });
  }
}

/**
 * Undefined when the archive was unpacked, else one line that says what happened. bsdtar, which is `tar` on macOS, reads zip too; on Linux one
 * of the first two is nearly always there.
 */
export async function unpack(file: string, directory: string): Promise<string | undefined> {
  const programs: readonly (readonly [string, readonly string[]])[] = file.endsWith(".tar.gz")
    ? [["tar", ["-xzf", file, "-C", directory]]]
    : [
        ["unzip", ["-q", file, "-d", directory]],
        ["python3", ["-m", "zipfile", "-e", file, directory]],
        ["tar", ["-xf", file, "-C", directory]],
      ];
  const failures: string[] = [];
  for (const [program, args] of programs) {
    const failure = await failureOf(program, args, { timeoutMs: 60_000 });
    if (failure === undefined) return undefined;
    failures.push(failure);
  }
  return `the archive could not be unpacked: ${failures.join("; ")}`;
}

/** Undefined when the program ran and returned 0, else one line that says what happened. */
export async function failureOf(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string>; readonly timeoutMs: number },
): Promise<string | undefined> {
  try {
    const { exitCode, timedOut, stdout, stderr } = await runCommand(program, args, options);
    if (exitCode === 0) return undefined;
    if (timedOut) return `${program} took longer than ${options.timeoutMs} ms`;
    // The last lines: go prints its downloads first and the reason at the end.
    const said = (stderr || stdout).trim().split("\n").slice(-3).join(" | ").slice(-600);
    return `${program} exited with ${exitCode}: ${said}`;
  } catch (error) {
    if (error instanceof CommandNotStarted) return error.message;
    throw error;
  }
}

/** Whether the file exists and may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
