/** What a verdict depends on beside the command itself. */
export interface GuardContext {
  /** The folder of the repository that the agent works in; commands begin there. Absolute. */
  readonly workTree: string;
  /** The home of the user who runs commands. Absolute. */
  readonly home: string;
  /** Branches that only the gate may move. */
  readonly protectedBranches: readonly string[];
  /** Folders for temporary files of the run: what is in them may be removed. */
  readonly scratch: readonly string[];
  /** Paths from the work tree that the approved issue names, so that a protected file may be changed. */
  readonly allowedPaths: readonly string[];
}

/** Where a command runs when nobody says it: the folders of the sandbox, and the names that main branches have. */
export const defaultContext: GuardContext = {
  workTree: "/workspace/project",
  home: "/home/test",
  protectedBranches: ["main", "master"],
  scratch: ["/tmp", "/var/tmp"],
  allowedPaths: [],
};
