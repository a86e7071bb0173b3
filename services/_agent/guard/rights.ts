import { isOpen } from "./marks.ts";
import { has, readOptions } from "./options.ts";
import { pathsOf, placeOf } from "./paths.ts";
import { block, type Flow, nothing, type Program, type Scope } from "./run.ts";

/** Programs that change the rights and the owner of files. */
export const rightsPrograms: Readonly<Record<string, Program>> = {
  chmod: changeMode,
  chown: changeOwner,
  chgrp: changeOwner,
  setfacl: changeOwner,
  chattr: (args, scope, name) => changeOwner(["-R", ...args], scope, name),
};

function changeMode(args: readonly string[], scope: Scope): Flow {
  const options = readOptions(args, "reference");
  const what = `chmod ${args.join(" ")}`;
  // A mode that takes rights away begins with a dash, as an option does.
  const minus = args.find((arg) => /^-[rwxXst]+(,|$)/.test(arg) && !/^-R/.test(arg));
  const [mode = "", ...rest] = minus === undefined ? options.operands : [minus, ...options.operands];
  const paths = has(options, "reference") ? options.operands : rest;
  const isOpenMode =
    /^[0-7]*[2367]$/.test(mode) ||
    /(^|,)[ugo]*([ao]|$)[ugoa]*[+=][rxXst]*w/.test(mode) ||
    /(^|,)[ugo]*[ao][ugo]*[+=][^,]*w/.test(mode);
  if (
    isOpenMode ||
    (/^[2-7][0-7]{3}$/.test(mode.replace(/^0(?=\d{4})/, "")) && !/^1/.test(mode)) ||
    /[+=][rwxX]*s/.test(mode) ||
    isOpen(mode)
  )
    block(scope, "open-rights", what);
  for (const path of paths)
    has(options, "R recursive") ? checkRights(path, scope, what) : checkSystem(path, scope, what);
  return nothing;
}

/** Rights of the whole work tree may change; of what is outside they may not. */
function checkRights(path: string, scope: Scope, what: string): undefined {
  for (const each of pathsOf(scope, path)) {
    const place = placeOf(each, scope.run.context);
    if (place === "git") return block(scope, "git-history", what);
    if (!["tree", "whole", "scratch"].includes(place)) return block(scope, "delete-outside", what);
  }
}

function checkSystem(path: string, scope: Scope, what: string): undefined {
  for (const each of pathsOf(scope, path)) {
    const place = placeOf(each, scope.run.context);
    if (place === "system" || (place === "home" && /^\./.test(each.slice(scope.run.context.home.length + 1))))
      return block(scope, "machine-state", what);
    if (place === "home" && each === scope.run.context.home) return block(scope, "delete-outside", what);
  }
}

function changeOwner(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(args, "from reference m x");
  const what = `${name} ${args.join(" ")}`;
  const paths = has(options, "reference") || name === "setfacl" ? options.operands : options.operands.slice(1);
  for (const path of paths)
    has(options, "R recursive") ? checkRights(path, scope, what) : checkSystem(path, scope, what);
  return nothing;
}
