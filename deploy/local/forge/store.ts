import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ForgeFailure, notFound, RepositoryMoved } from "./failure.ts";
import { type ForgeState, type IssueRecord, isPull, type PullIssue, type RepositoryRecord } from "./records.ts";

// 1 000 waiting writes is far above what one rig's services can have open at once; above it a client loops.
const waitingMax = 1_000;

/** Keeps the forge's state in memory and in `state.json`; one change at a time. */
export class ForgeStore {
  readonly state: ForgeState;
  readonly #file: string;
  #writing: Promise<void> | null = null;
  #following: Promise<void> | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(file: string, state: ForgeState) {
    this.#file = file;
    this.state = state;
  }

  /** Runs one change after those before it. Throws a 503 `ForgeFailure` when 1 000 wait already. */
  exclusive<T>(change: () => Promise<T>): Promise<T> {
    if (this.#waiting >= waitingMax) return Promise.reject(new ForgeFailure(503, "Too many changes are waiting."));
    this.#waiting += 1;
    const result = this.#tail.then(change).finally(() => {
      this.#waiting -= 1;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves once everything changed before the call is on disk. Calls that meet a running write share the next one. */
  save(): Promise<void> {
    if (this.#writing === null) {
      this.#writing = this.#write().finally(() => {
        this.#writing = null;
      });
      return this.#writing;
    }
    this.#following ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#following = null;
        return this.save();
      });
    return this.#following;
  }

  /** A number that no other record has. */
  takeId(): number {
    const id = this.state.nextId;
    this.state.nextId += 1;
    return id;
  }

  /** Throws a 404 `ForgeFailure` when there is no such repository, and `RepositoryMoved` for a former name. Case does not matter, as on GitHub. */
  repository(owner: string, name: string): RepositoryRecord {
    const found = this.findRepository(owner, name);
    if (found !== undefined) return found;
    const moved = this.formerRepository(owner, name);
    throw moved === undefined ? notFound() : new RepositoryMoved(moved.id);
  }

  findRepository(owner: string, name: string): RepositoryRecord | undefined {
    const key = `${owner}/${name}`.toLowerCase();
    return this.state.repositories.find((each) => `${each.owner}/${each.name}`.toLowerCase() === key);
  }

  /** The repository that had this name last, and has another one now. */
  formerRepository(owner: string, name: string): RepositoryRecord | undefined {
    const key = `${owner}/${name}`.toLowerCase();
    return this.state.repositories.findLast((each) => each.formerNames.some((former) => former.toLowerCase() === key));
  }

  /** Throws a 404 `ForgeFailure` when no repository has this id. */
  repositoryById(id: number): RepositoryRecord {
    const found = this.state.repositories.find((each) => each.id === id);
    if (found === undefined) throw notFound();
    return found;
  }

  async #write(): Promise<void> {
    const temporary = `${this.#file}.writing`;
    await writeFile(temporary, JSON.stringify(this.state));
    await rename(temporary, this.#file);
  }
}

/** Reads `state.json` of the data directory, or begins an empty one. Throws when the file is of another version. */
export async function openStore(dataDirectory: string): Promise<ForgeStore> {
  await mkdir(join(dataDirectory, "repos"), { recursive: true });
  const file = join(dataDirectory, "state.json");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return new ForgeStore(file, emptyState());
  const state = JSON.parse(text) as ForgeState;
  if (state.version !== 2) {
    throw new Error(
      `${file} is of version ${state.version}; this forge reads version 2 only. Start on an empty directory.`,
    );
  }
  return new ForgeStore(file, state);
}

/** The issue or pull request of that number. Throws a 404 `ForgeFailure`. */
export function issueOf(repository: RepositoryRecord, number: number): IssueRecord {
  const issue = repository.issues.find((each) => each.number === number);
  if (issue === undefined) throw notFound();
  return issue;
}

/** The pull request of that number. Throws a 404 `ForgeFailure` when there is none or the number is a plain issue's. */
export function pullOf(repository: RepositoryRecord, number: number): PullIssue {
  const issue = issueOf(repository, number);
  if (!isPull(issue)) throw notFound();
  return issue;
}

/** The open pull requests, oldest first. */
export function openPulls(repository: RepositoryRecord): PullIssue[] {
  return repository.issues.filter(isPull).filter((each) => each.state === "open");
}

function emptyState(): ForgeState {
  return { version: 2, nextId: 1_001, webhookWasSet: false, repositories: [], pendingDeliveries: [], deliveries: [] };
}
