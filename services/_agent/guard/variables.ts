import { cut, digits, isOpen, unknown } from "./marks.ts";
import { assign, block, type Scope } from "./run.ts";
import { followCode } from "./shell-code.ts";

/** The values that a variable may have at this point; any text where nothing is known of it. */
export function valuesOfVariable(scope: Scope, name: string): readonly string[] {
  const { run, positional } = scope;
  if (name === "@" || name === "*") return [positional.slice(1).join(cut)];
  if (/^\d+$/.test(name)) return [positional[Number(name)] ?? (name === "0" ? "bash" : "")];
  if (/^[?$!#]$/.test(name)) return [digits];
  if (name === "-") return ["h"];
  const assigned = run.variables.get(name);
  const found = [...(valuesAtStart(scope, name) ?? []), ...(assigned ?? [])];
  return found.length === 0 || run.anyVariable ? [...found, unknown] : found;
}

/** What the shell itself and the sandbox set. */
function valuesAtStart({ run, folders }: Scope, name: string): readonly string[] | undefined {
  switch (name) {
    case "HOME":
      return [run.context.home];
    case "PWD":
      return folders;
    case "TMPDIR":
      return run.context.scratch.slice(0, 1);
    case "IFS":
      return [" "];
    case "USER":
    case "LOGNAME":
      return [run.context.home.split("/").at(-1) ?? unknown];
    case "SHELL":
    case "BASH":
      return ["/bin/bash"];
    case "UID":
    case "EUID":
    case "PPID":
    case "RANDOM":
    case "SECONDS":
    case "LINENO":
    case "BASHPID":
    case "SRANDOM":
      return [digits];
    default:
      return undefined;
  }
}

/** Sets a variable, and checks those that other programs obey. `lasting` is false for `X=1 command`. */
export function setVariable(scope: Scope, name: string, value: string, lasting: "lasting" | "once"): undefined {
  assign(scope, name, value);
  const setting = `${name}=${value}`;
  if (name === "IFS" && lasting === "lasting" && !/^[ \t\n]*$/.test(value)) block(scope, "unknown-code", setting);
  if (codeVariables.test(name) && value !== "") followCode(value, scope, setting);
  if (loadedVariables.test(name) && value !== "") block(scope, "unknown-code", setting);
  if (name === "PATH" && /(^|:)(\.\/?)?(:|$)/.test(value)) block(scope, "unknown-program", setting);
  if (
    name === "NODE_OPTIONS" &&
    (isOpen(value) || /-(r|-require|-import|-loader|-experimental-loader|-eval|e|p)\b/.test(value))
  )
    block(scope, "unknown-code", setting);
}

/** Variables whose value is a command that a program runs. */
const codeVariables =
  /^(GIT_EDITOR|GIT_SEQUENCE_EDITOR|EDITOR|VISUAL|PAGER|GIT_PAGER|MANPAGER|GIT_SSH_COMMAND|GIT_EXTERNAL_DIFF|GIT_ASKPASS|SSH_ASKPASS|PROMPT_COMMAND|BROWSER|RSYNC_RSH|GIT_PROXY_COMMAND|GIT_SSH|LESSOPEN|LESSCLOSE|FCEDIT|SYSTEMD_PAGER|PS0|SUDO_ASKPASS)$/;
/** Variables that load code or change options of programs without being seen in the command. */
const loadedVariables =
  /^(LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|DYLD_.*|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|BASH_FUNC_.*|TAR_OPTIONS|PERL5OPT|PERL5DB|RUBYOPT|PYTHONSTARTUP|PYTHONINSPECT|PYTHONHOME|PYTHONBREAKPOINT|GIT_CONFIG.*|GIT_EXEC_PATH|GIT_TEMPLATE_DIR|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|PS4|GCONV_PATH|GREP_OPTIONS|RSYNC_OLD_ARGS|POSIXLY_CORRECT_CODE)$/;
