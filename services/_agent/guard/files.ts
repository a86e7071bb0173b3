import { checkFile, checkTree, checkWrite, isDevice } from "./file-checks.ts";
import { isOpen, star, unknown } from "./marks.ts";
import { has, readOptions, valuesOf } from "./options.ts";
import { pathsOf, placeOf } from "./paths.ts";
import { codeOptions } from "./printers.ts";
import {
  anything,
  block,
  type Flow,
  fetched,
  inside,
  nothing,
  type Program,
  passedOn,
  type Scope,
  write,
} from "./run.ts";
import { followCode } from "./shell-code.ts";

/** Programs that remove, move and change files. */
export const filePrograms: Readonly<Record<string, Program>> = {
  rm: remove,
  rimraf: (args, scope) => remove(["-rf", ...args.filter((arg) => !arg.startsWith("-"))], scope, "rm"),
  trash: remove,
  "del-cli": remove,
  srm: remove,
  wipe: remove,
  unlink: remove,
  rmdir: (args, scope) => {
    const options = readOptions(args);
    for (const path of options.operands) checkFile(path, scope, `rmdir ${path}`);
    return nothing;
  },
  shred: (args, scope) => {
    for (const path of readOptions(args, "n s size iterations random-source").operands) {
      if (isOpen(path)) block(scope, "delete-outside", `shred ${path}`);
      else if (isDevice(path, scope)) block(scope, "machine-state", `shred ${path}`);
      else checkFile(path, scope, `shred ${path}`);
      if (pathsOf(scope, path).some((each) => ["outside", "home"].includes(placeOf(each, scope.run.context))))
        block(scope, "delete-outside", `shred ${path}`);
    }
    return nothing;
  },
  truncate: (args, scope) => {
    for (const path of readOptions(args, "s size r reference").operands) checkFile(path, scope, `truncate ${path}`);
    return nothing;
  },
  mv: (args, scope) => copy(args, scope, "mv"),
  cp: copy,
  ln: copy,
  link: copy,
  install: copy,
  rsync: runRsync,
  tee: (_, scope) => scope.stdin,
  touch: written,
  mkdir: written,
  mkfifo: written,
  patch: (args, scope) => {
    for (const path of valuesOf(readOptions(args, "o i d p output directory input"), "o output"))
      checkWrite(path, scope, `patch ${path}`);
    return passedOn(scope.stdin);
  },
  dd: (args, scope) => {
    for (const arg of args) {
      const [, path = ""] = /^of=(.*)$/.exec(arg) ?? [];
      if (path === "") continue;
      if (isDevice(path, scope)) block(scope, "machine-state", `dd ${arg}`);
      else checkWrite(path, scope, `dd ${arg}`);
      for (const each of pathsOf(scope, path)) write(scope, each, scope.stdin);
    }
    return passedOn(scope.stdin);
  },
  find,
  fd: (args, scope) => {
    const at = args.findIndex((arg) => /^(-x|-X|--exec|--exec-batch)$/.test(arg));
    if (at >= 0)
      scope.run.follow.program(
        args
          .slice(at + 1)
          .map((arg) => arg.replaceAll(/\{[./]*\}/g, unknown))
          .concat(args.slice(at + 1).some((arg) => arg.includes("{}")) ? [] : [unknown]),
        inside(scope),
      );
    return anything;
  },
  tar: archive,
  bsdtar: archive,
  make: (args, scope) => {
    const files = valuesOf(readOptions(args, "f file makefile C directory j I o W eval E"), "f file makefile");
    const isCode =
      args.some((arg) => /^(--eval|-E)/.test(arg)) ||
      files.some((file) => file === "-" || file === "/dev/stdin" || isOpen(file));
    if (isCode) block(scope, "unknown-code", `make ${args.join(" ")}`);
    return passedOn(scope.stdin);
  },
  cmake: (args, scope) => {
    const at = args.indexOf("-E");
    const [tool = "", ...rest] = at < 0 ? [] : args.slice(at + 1);
    const name =
      { remove: "rm", remove_directory: "rm", copy: "cp", copy_directory: "cp", rename: "mv", create_symlink: "ln" }[
        tool
      ] ?? tool;
    if (at >= 0)
      scope.run.follow.program([name, ...(tool === "remove_directory" ? ["-r"] : []), ...rest], inside(scope));
    return anything;
  },
  zip: (args, scope) => codeOptions(["TT", "unzip-command"], args, scope),
  man: (args, scope) => codeOptions(["P", "pager", "H", "html"], args, scope),
  less: opened,
  vi: opened,
  vim: opened,
  nvim: opened,
  view: opened,
  ex: opened,
  emacs: opened,
  ed: (_, scope) => {
    const text = scope.stdin.kind === "text" ? scope.stdin.text : "";
    for (const [, code = ""] of text.matchAll(/^!(.+)$/gm)) followCode(code, scope, `ed !${code}`);
    return anything;
  },
};

function remove(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(args);
  const what = `${name} ${args.join(" ")}`;
  const isTree =
    has(options, "r R recursive") || args.some((arg) => isOpen(arg) && args.indexOf(arg) === 0 && args.length > 1);
  if (isTree && options.operands.length === 0) block(scope, "delete-outside", what);
  for (const path of options.operands) isTree ? checkTree(path, scope, what) : checkFile(path, scope, what);
  return nothing;
}

function written(args: readonly string[], scope: Scope, name: string): Flow {
  for (const path of readOptions(args, "m mode d t r date reference").operands)
    checkWrite(path, scope, `${name} ${path}`);
  return nothing;
}

/** cp, mv, ln and install: where they write; what mv takes away; and no program of the system under another name. */
function copy(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(args, "t S m o g target-directory suffix mode owner group");
  const what = `${name} ${args.join(" ")}`;
  const [target] = valuesOf(options, "t target-directory");
  const sources =
    target === undefined && options.operands.length > 1 ? options.operands.slice(0, -1) : options.operands;
  const to = target ?? (options.operands.length > 1 ? options.operands.at(-1) : undefined);
  if (to !== undefined) {
    if (name === "mv" && to === "/dev/null") block(scope, "discard-work", what);
    checkWrite(to, scope, what);
    // A file that is copied into a folder keeps its name.
    for (const source of sources) checkWrite(`${to}/${source.split("/").at(-1)}`, scope, what);
  }
  for (const source of sources) {
    if (name === "mv") checkFile(source, scope, what);
    if (/^(\/usr(\/local)?)?\/s?bin\/|^\/proc\/.*\/exe$/.test(source)) block(scope, "unknown-program", what);
  }
  return nothing;
}

function runRsync(args: readonly string[], scope: Scope): Flow {
  const options = readOptions(
    args,
    "e f M rsh rsync-path exclude include filter files-from exclude-from include-from out-format log-file backup-dir suffix temp-dir partial-dir bwlimit timeout chmod chown compare-dest copy-dest link-dest max-size min-size",
  );
  const what = `rsync ${args.join(" ")}`;
  for (const code of valuesOf(options, "e rsh rsync-path")) followCode(code, scope, what);
  const to = options.operands.length > 1 ? (options.operands.at(-1) ?? "") : "";
  if (options.operands.slice(0, -1).some(isRemote)) for (const path of pathsOf(scope, to)) write(scope, path, fetched);
  if (isRemote(to)) block(scope, "send-files", what);
  else if (to !== "") {
    if (options.names.some((each) => each.startsWith("del")) && !has(options, "n dry-run")) {
      const places = pathsOf(scope, to).map((path) => placeOf(path, scope.run.context));
      if (places.some((place) => place === "whole")) block(scope, "discard-work", what);
      else checkTree(to, scope, what);
    }
    checkWrite(to, scope, what);
  }
  if (has(options, "remove-source-files"))
    for (const path of options.operands.slice(0, -1)) checkFile(path, scope, what);
  return anything;
}

/** `host:path` of scp and rsync. */
export function isRemote(place: string): boolean {
  return /^(rsync|scp|sftp|ssh):\/\/|^[^/]*[^/:]:/.test(place);
}

/** find: what -delete and -exec do to what it finds, by its folders and the name that it looks for. */
function find(args: readonly string[], scope: Scope): Flow {
  const at = args.findIndex((arg) => /^[-(!]/.test(arg) && !/^-[HLPOD]/.test(arg));
  const roots = (at < 0 ? args : args.slice(0, at)).filter((arg) => !arg.startsWith("-"));
  const tests = at < 0 ? [] : args.slice(at);
  const folders = roots.length === 0 ? ["."] : roots;
  const found = folders.map((folder) => foundIn(folder, tests));
  const what = `find ${args.join(" ")}`;
  for (const [index, test] of tests.entries()) {
    if (/^-f(print0?|printf|ls)$/.test(test)) checkWrite(tests[index + 1] ?? "", scope, what);
    if (test === "-delete" && !tests.includes("-empty")) for (const path of found) checkTree(path, scope, what);
    if (!/^-(exec|execdir|ok|okdir)$/.test(test)) continue;
    const end = tests.findIndex(
      (arg, where) => where > index && (arg === ";" || (arg === "+" && tests[where - 1] === "{}")),
    );
    const call = tests.slice(index + 1, end < 0 ? undefined : end);
    for (const path of found)
      scope.run.follow.program(
        call.map((word) => word.replaceAll("{}", path)),
        inside(scope),
      );
  }
  return anything;
}

/** A path for all that find finds under a folder: the name that it asks for, or any. */
function foundIn(folder: string, tests: readonly string[]): string {
  const names = tests.flatMap((test, index) => {
    const isNegated = ["!", "-not"].includes(tests[index - 1] ?? "");
    return /^-i?(name|path|wholename)$/.test(test) && !isNegated ? [tests[index + 1] ?? ""] : [];
  });
  const folderOnly = folder.replace(/\/$/, "");
  if (names.length !== 1)
    return names.length === 0 &&
      !tests.some((test) => /^-(mtime|mmin|size|newer|regex|iregex|maxdepth|mindepth)$/.test(test))
      ? folder === "." || folder === "./"
        ? `${folderOnly.replace(/\/$/, "")}/${star}`
        : folder
      : `${folderOnly}/${star}`;
  const name = (names[0] ?? "").split("/").at(-1) ?? "";
  return `${folderOnly}/${name.replaceAll("*", star).replaceAll("?", "\uE003")}`;
}

function archive(args: readonly string[], scope: Scope): Flow {
  const what = `tar ${args.join(" ")}`;
  const options = readOptions(
    args.map((arg, index) => (index === 0 && /^[A-Za-z]+$/.test(arg) ? `-${arg}` : arg)),
    "f C I F T X b g K L N V file directory use-compress-program to-command info-script new-volume-script checkpoint-action rsh-command rmt-command exclude files-from exclude-from transform",
  );
  const code = [
    ...valuesOf(options, "I F use-compress-program to-command info-script new-volume-script rsh-command rmt-command"),
    ...valuesOf(options, "checkpoint-action")
      .map((action) => action.replace(/^exec=/, ""))
      .filter((action) => !/^(dot|echo|bell|sleep|totals|wait|ttyout)/.test(action)),
  ];
  // In a cluster the value of a letter is one of the next words: each that has a space is read as code.
  for (const each of new Set([...code, ...args.filter((arg) => /^\S+\s/.test(arg) && !arg.startsWith("-"))]))
    followCode(each, scope, what);
  for (const file of valuesOf(options, "f file")) {
    if (isRemote(file) && !has(options, "force-local")) block(scope, "send-files", what);
    else if (has(options, "c r u create append update")) checkWrite(file, scope, what);
  }
  if (has(options, "x extract get") && scope.stdin.kind === "remote") scope.run.unpacked = true;
  if (has(options, "x extract get"))
    for (const folder of valuesOf(options, "C directory")) checkWrite(`${folder}/x`, scope, what);
  if (has(options, "P absolute-names") && has(options, "x extract get")) block(scope, "machine-state", what);
  if (has(options, "remove-files")) for (const path of options.operands) checkTree(path, scope, what);
  return passedOn(scope.stdin);
}

/** Editors and pagers run what stands behind a `!`. */
function opened(args: readonly string[], scope: Scope, name: string): Flow {
  for (const arg of args) {
    const [, code] =
      /^(?:\+|:)?[^!]*?[:+|]?(?:%?!|terminal |term |call system\(|silent !)\s*(.+)$/s.exec(
        arg.replace(/^--?(c|cmd|eval)=?/, ""),
      ) ?? [];
    if (code !== undefined && (/^[:+]|!/.test(arg) || /system\(/.test(arg)))
      followCode(code.replace(/^['"](.*?)['"]\)?$/, "$1"), scope, `${name} ${arg}`);
    if (/shell-command|call-process|start-process|:?lua\s+os\./.test(arg))
      block(scope, "unknown-code", `${name} ${arg}`);
  }
  for (const path of args.filter((arg) => !/^[-+:]/.test(arg)))
    if (/^(\/|~)/.test(path)) checkWrite(path, scope, `${name} ${path}`);
  return anything;
}
