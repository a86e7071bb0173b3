import { checkWrite } from "./file-checks.ts";
import { isRemote } from "./files.ts";
import { isLoopback } from "./hosts.ts";
import { isOpen } from "./marks.ts";
import { has, type Options, readOptions, valuesOf } from "./options.ts";
import { pathsOf } from "./paths.ts";
import { anything, block, type Flow, fetched, inside, type Program, type Scope, write } from "./run.ts";
import { followCode } from "./shell-code.ts";

/** Programs that speak to other machines. */
export const networkPrograms: Readonly<Record<string, Program>> = {
  curl: runCurl,
  wget: runWget,
  http: runHttpie,
  https: runHttpie,
  xh: runHttpie,
  aria2c: download,
  lynx: download,
  links: download,
  w3m: download,
  fetch: download,
  axel: download,
  nc: connect,
  ncat: connect,
  netcat: connect,
  "nc.openbsd": connect,
  "nc.traditional": connect,
  telnet: connect,
  socat: runSocat,
  ssh: runSsh,
  scp: runScp,
  sftp: runScp,
  ftp: (args, scope, name) => refuse(args, scope, name),
  tftp: (args, scope, name) => refuse(args, scope, name),
  rclone: (args, scope, name) => refuse(args, scope, name),
  croc: (args, scope, name) => refuse(args, scope, name),
  ngrok: (args, scope, name) => refuse(args, scope, name),
  cloudflared: (args, scope, name) => refuse(args, scope, name),
  sendmail: (args, scope, name) => refuse(args, scope, name),
  mail: (args, scope, name) => refuse(args, scope, name),
  mailx: (args, scope, name) => refuse(args, scope, name),
  mutt: (args, scope, name) => refuse(args, scope, name),
  nslookup: lookUp,
  dig: lookUp,
  host: lookUp,
  ping: lookUp,
};

const curlValues =
  "A b B C c d D e E F H h K m o P Q r s T t u U w x X y Y z data data-ascii data-binary data-raw data-urlencode json form form-string upload-file url-query output request header user user-agent url proxy proxy-user proxy-header cacert cert key cookie cookie-jar referer config max-time connect-timeout retry retry-delay write-out resolve connect-to interface limit-rate max-redirs range unix-socket dump-header output-dir ciphers capath cert-type key-type pass netrc-file preproxy noproxy socks5 socks5-hostname stderr trace trace-ascii";

function runCurl(args: readonly string[], scope: Scope): Flow {
  // -h and -s take no value here: -h is help and -s is silent.
  const options = readOptions(args, curlValues.replace(" h ", " ").replace(" s ", " "));
  const what = `curl ${args.join(" ")}`;
  const urls = [...options.operands, ...valuesOf(options, "url")];
  const isLocal = urls.length > 0 && urls.every(isLoopback);
  if (!isLocal) {
    if (sendsFile(options, scope)) block(scope, "send-files", what);
    if (valuesOf(options, "X request").some((method) => /^(delete|\uE000)$/i.test(method)))
      block(scope, "shared-infrastructure", what);
  }
  if (valuesOf(options, "K config").length > 0 && !isLocal) block(scope, "unknown-code", what);
  if (urls.some((url) => /^file:/i.test(url))) block(scope, "read-secrets", what);
  const folder = valuesOf(options, "output-dir").at(-1);
  const within = folder === undefined ? scope : inside(scope, { folders: pathsOf(scope, folder) });
  saved(
    valuesOf(options, "o output D dump-header c cookie-jar"),
    urls,
    has(options, "O remote-name remote-name-all J"),
    within,
  );
  return fetched;
}

/** Whether an option sends a file, or a text that is not written in the command. */
function sendsFile(options: Options, scope: Scope): boolean {
  if (valuesOf(options, "T upload-file").length > 0) return true;
  return options.values.some(({ option, value }) => {
    if (!/^(d|F|data.*|form|json|url-query|form-.*)$/.test(option)) return false;
    if (option === "data-raw" || option === "form-string") return isOpen(value);
    if (/^@(-|\/dev\/stdin)$/.test(value)) return scope.stdin.kind !== "text" && scope.stdin.kind !== "none";
    return isOpen(value) || /^[@<]|=[@<]|@/.test(value.replaceAll(/[\w.+-]+@[\w-]+(\.\w+)+/g, ""));
  });
}

/** What a download writes: the files that it names, or the last part of the address. */
function saved(files: readonly string[], urls: readonly string[], byAddress: boolean, scope: Scope): undefined {
  const named = byAddress
    ? urls.map(
        (url) =>
          url
            .replace(/[?#].*$/, "")
            .split("/")
            .filter((part) => part !== "")
            .at(-1) ?? "index.html",
      )
    : [];
  for (const file of [...files, ...named]) {
    if (file === "-" || file === "") continue;
    checkWrite(file, scope, `a download into ${file}`);
    for (const path of pathsOf(scope, file)) write(scope, path, fetched);
  }
}

const wgetValues =
  "o O a P U t T w Q A R D I X e output-document output-file append-output directory-prefix user-agent header post-data post-file body-data body-file method tries timeout wait user password referer load-cookies save-cookies input-file i execute accept reject ca-certificate certificate private-key limit-rate use-askpass http-user http-password level l";

function runWget(args: readonly string[], scope: Scope): Flow {
  const options = readOptions(args, wgetValues);
  const what = `wget ${args.join(" ")}`;
  const isLocal = options.operands.length > 0 && options.operands.every(isLoopback);
  for (const code of valuesOf(options, "use-askpass")) followCode(code, scope, what);
  if (
    !isLocal &&
    (valuesOf(options, "post-file body-file").length > 0 || valuesOf(options, "post-data body-data").some(isOpen))
  )
    block(scope, "send-files", what);
  if (valuesOf(options, "e execute").some((setting) => /askpass|proxy/i.test(setting)))
    block(scope, "unknown-code", what);
  const files = valuesOf(options, "O output-document");
  const folder = valuesOf(options, "P directory-prefix").at(-1);
  saved(
    files,
    options.operands,
    files.length === 0,
    folder === undefined ? scope : { ...scope, folders: pathsOf(scope, folder) },
  );
  return fetched;
}

function runHttpie(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(args, "o output a auth A auth-type s style p print session timeout download raw");
  const isLocal = options.operands.some((word) => isLoopback(word) || /^:\d*(\/|$)/.test(word));
  const sends =
    options.operands.some((word) => /^[^/:]*(@|:=@|=@)/.test(word)) ||
    scope.stdin.kind === "file" ||
    scope.stdin.kind === "unknown";
  if (!isLocal && sends) block(scope, "send-files", `${name} ${args.join(" ")}`);
  if (!isLocal && /^delete$/i.test(options.operands[0] ?? ""))
    block(scope, "shared-infrastructure", `${name} ${args.join(" ")}`);
  saved(valuesOf(options, "o output"), options.operands, has(options, "d download"), scope);
  return fetched;
}

function download(args: readonly string[], scope: Scope): Flow {
  const options = readOptions(args, "o out output d dir");
  saved(valuesOf(options, "o out output"), options.operands, true, scope);
  return fetched;
}

/** nc and telnet: a connection to another machine, or a program behind one. */
function connect(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(
    args,
    "e c p s w i q X x O I T exec sh-exec lua-exec source-port source wait idle-timeout proxy",
  );
  const what = `${name} ${args.join(" ")}`;
  const isProgram = valuesOf(options, "e c exec sh-exec lua-exec").length > 0;
  const isListening = has(options, "l listen");
  const [host = ""] = options.operands;
  if (isProgram) block(scope, "send-files", what);
  else if (!isListening && host !== "" && !isLoopback(host) && !(has(options, "z") && !isOpen(host)))
    block(scope, "send-files", what);
  else if (isListening && scope.stdin.kind !== "none" && scope.stdin.kind !== "text") block(scope, "send-files", what);
  return fetched;
}

/** Addresses of socat: programs, and connections to other machines. */
function runSocat(args: readonly string[], scope: Scope): Flow {
  const what = `socat ${args.join(" ")}`;
  const addresses = readOptions(args, "b t T l L").operands;
  for (const address of addresses) {
    const [, kind = "", host = ""] = /^([A-Za-z0-9-]+)(?::(.*?)(?::|,|$))?/s.exec(address) ?? [];
    if (/^(exec|system|shell)/i.test(kind)) block(scope, "send-files", what);
    else if (
      /^(tcp|udp|sctp|dccp|openssl|ssl|proxy|socks|ip|vsock)/i.test(kind) &&
      !/listen|recv/i.test(kind) &&
      !isLoopback(host)
    )
      block(scope, "send-files", what);
    else if (/^(fd)$/i.test(kind) && !/^[012]$/.test(host)) block(scope, "send-files", what);
    else if (/^(open|create|gopen|file)$/i.test(kind)) checkWrite(host, scope, what);
  }
  return fetched;
}

/** Options of OpenSSH whose value is a command on this machine. */
const sshCommands =
  /^\s*(ProxyCommand|LocalCommand|KnownHostsCommand|PermitLocalCommand|Include|SetEnv|PKCS11Provider|SecurityKeyProvider|Match)\b[\s=]*(.*)$/is;

function checkSshOptions(options: Options, scope: Scope, what: string): undefined {
  for (const setting of valuesOf(options, "o")) {
    const command = sshCommands.exec(setting);
    if (command !== null) block(scope, "unknown-code", what);
  }
  for (const code of valuesOf(options, "S")) if (/\s|\//.test(code)) followCode(code, scope, what);
}

function runSsh(args: readonly string[], scope: Scope): Flow {
  const options = readOptions(args, "b c D E e F I i J L l m O o p Q R S w W", "untilOperand");
  const what = `ssh ${args.join(" ")}`;
  checkSshOptions(options, scope, what);
  if (has(options, "V Q")) return anything;
  const [host = "", ...command] = options.operands;
  const isTunnel = ["D", "L", "R", "w", "W"].some((letter) => options.letters.has(letter));
  const isForge = /^git@(github\.com|gitlab\.com|bitbucket\.org)$/.test(host) && command.length === 0 && !isTunnel;
  if (host !== "" && !isForge && !(isLoopback(host) && command.length === 0)) block(scope, "send-files", what);
  return fetched;
}

function runScp(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(args, "c D F i J l o P S X b B R s");
  const what = `${name} ${args.join(" ")}`;
  checkSshOptions(options, scope, what);
  const to = options.operands.at(-1) ?? "";
  if (name === "sftp" || isRemote(to) || isOpen(to)) block(scope, "send-files", what);
  else for (const path of pathsOf(scope, to)) write(scope, path, fetched);
  for (const source of options.operands.slice(0, -1)) {
    if (isRemote(source))
      for (const path of pathsOf(scope, `${to}/${source.split(/[/:]/).at(-1)}`)) write(scope, path, fetched);
  }
  return anything;
}

function refuse(args: readonly string[], scope: Scope, name: string): Flow {
  if (!args.some((arg) => /^(--?help|--?version|-[hV]|version|help)$/.test(arg)))
    block(scope, "send-files", `${name} ${args.join(" ")}`);
  return fetched;
}

/** A name that is looked up reaches other machines, and what is not known may be the content of a file. */
function lookUp(args: readonly string[], scope: Scope, name: string): Flow {
  if (args.some(isOpen)) block(scope, "send-files", `${name} ${args.join(" ")}`);
  return name === "ping" ? anything : fetched;
}
