/** The options and operands of one call of a program. */
export interface Options {
  /** Letters of short options, such as `r` and `f` of `-rf`. */
  readonly letters: ReadonlySet<string>;
  /** Names of long options as they were written, without the dashes and the value. */
  readonly names: readonly string[];
  /** Every value of an option: of `-o x`, `-ox`, `--output x` and `--output=x`, with the option before it. */
  readonly values: readonly OptionValue[];
  readonly operands: readonly string[];
}

interface OptionValue {
  readonly option: string;
  readonly value: string;
}

/**
 * Reads options as getopt does: letters in clusters, long names that may be cut short, `--` that ends them. `valued` names the options that
 * take a value, letters and long names with a space between. With `untilOperand` the first operand ends the options, as with wrappers.
 */
export function readOptions(args: readonly string[], valued = "", order: "any" | "untilOperand" = "any"): Options {
  const valuedNames = valued.split(" ").filter((name) => name !== "");
  const letters = new Set<string>();
  const names: string[] = [];
  const values: OptionValue[] = [];
  let at = 0;
  const operands: string[] = [];
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--") {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      if (order === "untilOperand") {
        operands.push(...args.slice(at));
        break;
      }
      operands.push(arg);
    } else if (arg.startsWith("--")) {
      const [, name = "", value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(arg) ?? [];
      names.push(name);
      const takes = valuedNames.some((each) => each.length > 1 && isShort(name, each));
      if (value !== undefined) values.push({ option: name, value });
      else if (takes) values.push({ option: name, value: args[++at] ?? "" });
    } else {
      at += readCluster(arg.slice(1), args[at + 1], valuedNames, letters, values);
    }
  }
  return { letters, names, values, operands };
}

/** Reads `rf` of `-rf`; returns how many of the next arguments belong to it. */
function readCluster(
  cluster: string,
  next: string | undefined,
  valuedNames: readonly string[],
  letters: Set<string>,
  values: OptionValue[],
): number {
  // `-name` of find and `-out` of openssl: one dash and a whole name.
  if (cluster.length > 1 && valuedNames.includes(cluster)) {
    values.push({ option: cluster, value: next ?? "" });
    return 1;
  }
  for (const [index, letter] of [...cluster].entries()) {
    letters.add(letter);
    if (!valuedNames.includes(letter)) continue;
    const rest = [...cluster].slice(index + 1).join("");
    values.push({ option: letter, value: rest === "" ? (next ?? "") : rest });
    return rest === "" ? 1 : 0;
  }
  return 0;
}

/** Whether a long option was written, perhaps cut short: `--rec` for `--recursive`. Two letters at least, so that `--r` means nothing. */
function isShort(written: string, name: string): boolean {
  return written === name || (written.length >= 2 && name.startsWith(written));
}

/** Whether one of the options is there. Letters and long names with a space between. */
export function has(options: Options, wanted: string): boolean {
  return wanted
    .split(" ")
    .some((each) =>
      each.length === 1 ? options.letters.has(each) : options.names.some((written) => isShort(written, each)),
    );
}

/** The values of an option, by its letters and names. */
export function valuesOf(options: Options, wanted: string): readonly string[] {
  const names = wanted.split(" ");
  return options.values
    .filter(({ option }) => names.some((name) => (name.length === 1 ? option === name : isShort(option, name))))
    .map(({ value }) => value);
}
