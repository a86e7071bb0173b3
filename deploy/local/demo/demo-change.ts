import type { DemoIssue } from "./issues.ts";

/** How an issue is solved in the demo: what Dev-E writes at first, what Review-E finds in it, what Dev-E makes of that. */
export interface DemoChange {
  /** Stable, lower case: the first part of the names of its scenes. */
  readonly name: string;
  readonly issue: DemoIssue;
  /** Says whether an issue's title is about this change; a person may word it otherwise than `issue.title`. */
  readonly titlePattern: RegExp;
  readonly sourcePath: string;
  readonly testPath: string;
  /** Files that show the style of the repository, read before writing. */
  readonly modelPaths: readonly string[];
  /** The flawed attempt. Its own tests pass. */
  readonly first: DemoFiles;
  /** What the issue asks for. */
  readonly fixed: DemoFiles;
  /** The edit that turns `first.source` into `fixed.source`; `before` occurs once in it. */
  readonly edit: { readonly before: string; readonly after: string };
  /** `entry` goes to the end of the README's section `heading`, unless the README contains `marker`. */
  readonly readme: { readonly heading: string; readonly marker: string; readonly entry: string };
  readonly findings: readonly Finding[];
  /** What the pull request says at first. */
  readonly summary: string;
  /** What Dev-E says after the fix. */
  readonly fixSummary: string;
  /** What Review-E says when nothing is left. */
  readonly approval: string;
}

/** The two files of a change, whole. */
export interface DemoFiles {
  readonly source: string;
  readonly test: string;
}

/** A flaw that a reviewer can see in a file of the diff. */
export interface Finding {
  readonly path: string;
  /** Text that the file has once the flaw is gone. */
  readonly goneWhen: string;
  /** Text of the line that the comment belongs to; the file's first line in the diff where no line has it. */
  readonly at: string;
  readonly comment: string;
}
