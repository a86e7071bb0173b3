import { checkTree, checkWrite } from "./file-checks.ts";
import { isOpen, remote } from "./marks.ts";
import { anything, block, type Flow, inside, type Scope } from "./run.ts";
import { isSecretVariable, namesMetadata, secretIn } from "./secrets.ts";
import { followCode, quoted } from "./shell-code.ts";

/** A language whose programs can be given in a command. */
export type Language = "shell" | "python" | "node" | "perl" | "ruby" | "php" | "lua" | "awk" | "other";

/** The language of an interpreter by its name, also with a version (`python3.12`). */
export function languageOf(program: string): Language | undefined {
  const name = program.replace(/[\d.]+$/, "").toLowerCase();
  return languages[name];
}

const languages: Readonly<Record<string, Language>> = {
  ...{
    sh: "shell",
    bash: "shell",
    zsh: "shell",
    dash: "shell",
    ash: "shell",
    ksh: "shell",
    mksh: "shell",
    fish: "shell",
    rbash: "shell",
    csh: "shell",
    tcsh: "shell",
    yash: "shell",
    lksh: "shell",
    oksh: "shell",
    hush: "shell",
  },
  ...{ python: "python", pypy: "python", ipython: "python" },
  ...{ node: "node", nodejs: "node", deno: "node", bun: "node", tsx: "node", "ts-node": "node" },
  ...{
    perl: "perl",
    ruby: "ruby",
    irb: "ruby",
    php: "php",
    lua: "lua",
    luajit: "lua",
    awk: "awk",
    gawk: "awk",
    mawk: "awk",
    nawk: "awk",
  },
  ...{
    pwsh: "other",
    powershell: "other",
    tclsh: "other",
    expect: "other",
    rscript: "other",
    r: "other",
    julia: "other",
    osascript: "other",
    guile: "other",
    elixir: "other",
    groovy: "other",
    jshell: "other",
    swift: "other",
    raku: "other",
  },
};

/** Calls that start a program or a shell, in any of the languages. */
const starts =
  /\b(system|popen|popen2|popen3|exec[lv]?[pe]{0,2}|execSync|execFile|execFileSync|execa|spawn|spawnSync|spawn[lv]p?e?|posix_spawn|child_process|subprocess|shell_exec|passthru|proc_open|pcntl_exec|Popen|check_call|check_output|getoutput|getstatusoutput|create_subprocess_(?:shell|exec)|run_command|pty|Deno\.(?:run|Command)|Bun\.(?:spawn|\$)|os\.execute|io\.popen|Open3|PTY|Kernel|IO\.popen|qx|doShellScript|do\s+shell\s+script|Start-Process|Invoke-Expression|iex)\b|\|\s*getline|\bopen\b[^;]*['"]\s*-?\||\|-?\s*['"]|%x[({[]|(?<![\w)\]])`[^`]+`/;
/** Calls that run a text as code. */
const evaluates =
  /(?<![.\w])(getattr|eval|exec|execfile|compile|__import__|instance_eval|class_eval|loadstring|load|create_function|assert|runpy|vm\.(?:run\w+|Script)|new\s+Function|Function|setTimeout|importlib)\s*(\(|\s+\$)/;
/** Calls that remove files or folders. */
const removes =
  /\b(rmtree|removedirs|unlink|unlinkSync|rmSync|rmdirSync|rmdir|rimraf|remove_tree|rm(?=\s*\()|remove_dir|rm_rf|rm_r|FileUtils\.(?:rm|remove)\w*|File\.delete|Dir\.(?:delete|rmdir)|os\.(?:remove|unlink)|fs(?:\/promises)?['")\].]*\.?(?:promises\.)?rm|remove(?=\s*\()|emptyDir|del(?=\s*\()|delete_file|removeSync|Remove-Item)\b/;
/** Calls that write a file. */
const writes =
  /\b(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|write_text|write_bytes|file_put_contents|fopen|copyFile|copyFileSync|renameSync|rename|copytree|copy2?|move|symlink|symlinkSync|link|truncate|chmod|chown|chmodSync|chownSync|File\.(?:write|open)|IO\.write|io\.open|fwrite)\b|\bopen\s*\([^)]*,\s*['"][^'"]*[wax+]/;
/** Code that makes text out of something else. */
const decodes =
  /\b(b64decode|urlsafe_b64decode|b32decode|a85decode|base64_decode|decode_base64|atob|unhexlify|fromhex|fromCharCode|from_?codepoint|Base64\.(?:strict_)?decode64|str_rot13|gzinflate|zlib\.decompress|marshal\.loads|pickle\.loads|unpack|hex2bin|bytes\.fromhex|codecs\.decode)\b|Buffer\.from\([^)]*['"](?:base64|hex)/;
/** Code that reads from another machine. */
const fetches =
  /\b(urlopen|urlretrieve|requests\.(?:get|post)|httpx|fetch\s*\(|https?\.get|http\.request|LWP|Net::HTTP|open-uri|URI\.open|file_get_contents\s*\(\s*['"]https?|curl_exec|axios|got\s*\()/;
/** The whole environment, not one variable of it. */
const environment =
  /\.environ\b(?!\s*(\[|\.get\b|\.setdefault\b|\.pop\b|\.copy\b))|\bprocess\.env\b(?!\s*(\.|\[|\?\.))|%ENV\b|\bENV\b(?=\s*\.(to_h|each|map|inspect|sort|to_a))|\bgetenv\s*\(\s*\)|\bputs\s+ENV\b|\bp\s+ENV\b|\$_ENV\b(?!\[)|print_r\s*\(\s*\$_(SERVER|ENV)|\bENVIRON\b(?!\s*\[\s*")|\bDeno\.env\.toObject|phpinfo\s*\(/;

/** Checks code of a language that is no shell, as far as its text shows what it does. */
export function checkCode(written: string, language: Language, scope: Scope): Flow {
  // 'rm' + ' -rf' is one text.
  const code = written.replaceAll(/(['"])\s*\+\s*\1/g, "");
  const what = `${language}: ${code}`;
  if (isOpen(code)) {
    block(scope, code.includes(remote) ? "fetched-code" : "unknown-code", what);
    return anything;
  }
  const texts = literalsOf(code);
  if (/\bfork\b/.test(code) && /\b(while|for|loop|forever)\b/.test(code)) block(scope, "machine-state", what);
  if (namesMetadata(code)) block(scope, "read-secrets", what);
  if (environment.test(code)) block(scope, "read-secrets", what);
  for (const text of texts) {
    if (isSecretVariable(text)) block(scope, "read-secrets", text);
    if (/^[^\s]+$/.test(text) && secretIn(scope, text) !== undefined) block(scope, "read-secrets", text);
  }
  for (const [, name = ""] of code.matchAll(/(?:process\.env\.|\$ENV\{|ENV\[:?)(\w+)/g))
    if (isSecretVariable(name)) block(scope, "read-secrets", name);
  checkStarts(code, language, texts, scope, what);
  if (code.includes("/inet/")) block(scope, "send-files", what);
  if (evaluates.test(code) && isDynamic(code))
    block(scope, fetches.test(code) || decodes.test(code) ? "fetched-code" : "unknown-code", what);
  for (const text of evaluatedIn(code)) if (text !== code) checkCode(text, language, scope);
  const paths = texts.filter((text) => /^[^\s]+$/.test(text) && /[/.~*]|^\w+$/.test(text));
  if (removes.test(code)) checkRemovals(paths, scope, what);
  if (writes.test(code))
    for (const path of paths.filter((text) => /^[/~.]|AGENTS|CODEOWNERS/.test(text)))
      checkWrite(homed(path, scope), scope, what);
  if (/\bsocket\b|\bTCPSocket\b|fsockopen|net\.connect|IO::Socket/.test(code) && starts.test(code))
    block(scope, "send-files", what);
  return anything;
}

/** Whether a text is run as code that is not written out as one literal, such as `exec(text)`. */
function isDynamic(code: string): boolean {
  return [...code.matchAll(new RegExp(evaluates.source, "g"))].some(({ index, 0: call }) => {
    const after = code.slice(index + call.length).trimStart();
    if (call.startsWith("getattr")) return !/^[^,]*,\s*['"]/.test(after);
    return !/^(['"][^'"]*['"]\s*[),]|\)|function\b|\(\)\s*=>)/.test(after);
  });
}

/** The literals that the code runs as code. */
function evaluatedIn(code: string): readonly string[] {
  return [...code.matchAll(new RegExp(`${evaluates.source}\\s*`, "g"))].flatMap(({ index, 0: call }) => {
    if (/^(getattr|__import__|import|assert|load)/.test(call)) return [];
    const [first] = code.slice(index + call.length).match(/^(['"])(?:\\.|(?!\1)[^\\])*\1/) ?? [];
    return first === undefined ? [] : literalsOf(first);
  });
}

/** The programs that the code starts: each literal is read as a command, and a list of literals as one. */
function checkStarts(
  code: string,
  language: Language,
  texts: readonly string[],
  scope: Scope,
  what: string,
): undefined {
  if (!starts.test(code) && !(language === "awk" && /\|\s*"|\|&|\|\s*\w/.test(code))) return;
  const within = inside(scope, { within: [...scope.within, "code"] });
  if (decodes.test(code) || fetches.test(code)) return block(scope, "fetched-code", what);
  const lists = [...code.matchAll(/[[(,]\s*((?:['"][^'"\n]*['"]\s*,\s*)+['"][^'"\n]*['"])/g)].map(([, list = ""]) =>
    quoted(literalsOf(list)),
  );
  const shells = [...code.matchAll(/(?<![\w)\]])`([^`]+)`|%x[({[]([^)}\]]*)[)}\]]|\bqx[^\w\s]([^)}\]/]*)/g)].flatMap(
    ([, a, b, c]) => [a, b, c].filter((each) => each !== undefined),
  );
  const calls = [...code.matchAll(/\(([^()]*)\)/g)].map(([, inner = ""]) => literalsOf(inner));
  const commands = [...texts, ...lists, ...calls.filter(({ length }) => length > 1).map(quoted), ...shells]
    // `open("|command")` of Perl and Ruby.
    .map((text) => text.replaceAll(/^\s*-?\||\|-?\s*$/g, ""))
    .filter((text) => text.trim() !== "" && !languageWords.test(text));
  // A name or a sum in the place of a literal is a command that is not known.
  const plain = withoutLiterals(code);
  if (commands.length === 0 || openStart.test(plain)) return block(scope, "unknown-code", what);
  for (const command of commands) {
    const before = scope.run.findings.length;
    followCode(command, within, what);
    // A literal that is no command, such as a message with an apostrophe, breaks no rule by that.
    for (let at = scope.run.findings.length - 1; at >= before; at -= 1)
      if (scope.run.findings[at]?.rule === "unreadable-command") scope.run.findings.splice(at, 1);
  }
}

const openStart =
  /\b(system|exec\w*|popen|Popen|run|call|check_\w+|spawn\w*|shell_exec|passthru)\s*\(?\s*([A-Za-z_$@][\w.$]*\s*[,)+[]|''\s*[+.%$\w])/;

/** Names of modules, encodings and modes: literals that are no commands. */
const languageWords =
  /^(node:)?(child_process|fs|fs\/promises|path|os|util|utf-?8|ascii|inherit|pipe|ignore|r|w|a|rb|wb|\\n|%s)$/i;

function checkRemovals(paths: readonly string[], scope: Scope, what: string): undefined {
  const found = paths.filter((text) => !languageWords.test(text));
  if (found.length === 0) return block(scope, "delete-outside", what);
  for (const path of found) checkTree(homed(path, scope), scope, what);
}

function homed(path: string, scope: Scope): string {
  const home = path.startsWith("~/") || path === "~" ? `${scope.run.context.home}${path.slice(1)}` : path;
  return home.replaceAll("*", "\uE002");
}

const literal =
  /'''([\s\S]*?)'''|"""([\s\S]*?)"""|'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`|\bq[qw]?[({[]([^)}\]]*)[)}\]]/g;

function literalsOf(code: string): readonly string[] {
  return [...code.matchAll(literal)].map((match) => unescaped(match.slice(1).find((each) => each !== undefined) ?? ""));
}

function withoutLiterals(code: string): string {
  return code.replaceAll(literal, "''");
}

function unescaped(text: string): string {
  return text
    .replaceAll(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\\u\{?([0-9a-f]{1,6})\}?/gi, (_, hex: string) =>
      String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff)),
    )
    .replaceAll(/\\([0-7]{1,3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8) & 255))
    .replaceAll("\\n", "\n")
    .replaceAll("\\t", "\t")
    .replaceAll(/\\(.)/g, "$1");
}
