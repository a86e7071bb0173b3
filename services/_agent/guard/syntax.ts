import { forEachChild, type ParsedScript, parse, type SyntaxNode } from "unbash";

export type {
  ArrayValue,
  Assignment,
  Command,
  CommandNode,
  CompoundCommand,
  CompoundList,
  ParameterExpansionPart,
  ParsedScript,
  PipelineNode,
  Redirection,
  Statement,
  SyntaxNode,
  Word,
  WordPart,
} from "unbash";
export { forEachChild };

/** 64 KiB: the longest command of the corpora has 4 000 characters; what is longer is a file, and files have a tool of their own. */
const charactersMax = 65_536;
/** 128: bash scripts of people nest fewer than ten levels; the parser gives up at 256 and the walks here recurse. */
const nestingMax = 128;

/** A script that could be read, or why not. */
export type Parsed =
  | { readonly script: ParsedScript; readonly fault?: undefined }
  | { readonly script?: undefined; readonly fault: string };

/** Reads a command as bash does. An error anywhere in it, also in a nested script, makes all of it unreadable. */
export function readShell(code: string): Parsed {
  if (code.length > charactersMax) return { fault: `it has more than ${charactersMax} characters` };
  if (code.includes("\0")) return { fault: "it contains the character zero" };
  try {
    const script = parse(code);
    const fault = faultIn(script, 0);
    return fault === undefined ? { script } : { fault };
  } catch (cause) {
    return { fault: cause instanceof Error ? cause.message : "the parser failed" };
  }
}

function faultIn(node: SyntaxNode, depth: number): string | undefined {
  if (depth > nestingMax * 4) return "it is nested too deeply";
  if (node.type === "Script") {
    const [error] = (node as ParsedScript).errors ?? [];
    if (error !== undefined) return error.message;
  }
  if (node.type === "HereDoc" && node.closing === undefined) return "a here-document has no end";
  let fault: string | undefined;
  forEachChild(node, (child) => {
    fault ??= faultIn(child, depth + 1);
  });
  return fault;
}

/** The scripts in `$(…)`, backticks and `<(…)` anywhere under a node, the outermost ones. */
export function scriptsIn(node: SyntaxNode): readonly ParsedScript[] {
  const found: ParsedScript[] = [];
  const visit = (child: SyntaxNode): undefined => {
    if (child.type === "Script") found.push(child);
    else forEachChild(child, visit);
  };
  forEachChild(node, visit);
  return found;
}
