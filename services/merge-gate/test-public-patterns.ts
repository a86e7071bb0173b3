// The corpus of https://github.com/hmarr/codeowners: testdata/patterns.json of the commit 11d3ff2659b769bcb43ddef81a6ab19d1205d9c2, each pattern
// with the paths that it matches (true) and does not match (false). Copied under its licence:
//
// MIT License
//
// Copyright (c) 2020 Harry Marr
//
// Permission is hereby granted, free of charge, to any person obtaining a copy
// of this software and associated documentation files (the "Software"), to deal
// in the Software without restriction, including without limitation the rights
// to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
// copies of the Software, and to permit persons to whom the Software is
// furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all
// copies or substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
// IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
// FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
// AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
// LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
// OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
// SOFTWARE.

/** One pattern of the corpus. */
export interface PatternRow {
  readonly name: string;
  readonly pattern: string;
  readonly paths: Readonly<Record<string, boolean>>;
}

export const publicPatterns: readonly PatternRow[] = [
  {
    name: "single-segment pattern",
    pattern: "foo",
    paths: {
      foo: true,
      "foo.txt": false,
      "foo/bar": true,
      "bar/foo": true,
      "bar/foo.txt": false,
      "bar/baz": false,
      "bar/foo/baz": true,
    },
  },
  {
    name: "single-segment pattern with leading slash",
    pattern: "/foo",
    paths: {
      foo: true,
      "fool.txt": false,
      "foo/bar": true,
      "bar/foo": false,
      "bar/baz": false,
      "foo/bar/baz": true,
      "bar/foo/baz": false,
    },
  },
  {
    name: "single-segment pattern with trailing slash",
    pattern: "foo/",
    paths: {
      foo: false,
      "foo/bar": true,
      "foo/bar/baz": true,
      "bar/foo": false,
      "bar/baz": false,
      "bar/foo/baz": true,
      "bar/foo/baz/qux": true,
    },
  },
  {
    name: "single-segment pattern with leading and trailing slash",
    pattern: "/foo/",
    paths: {
      foo: false,
      "foo/bar": true,
      "foo/bar/baz": true,
      "bar/foo": false,
      "bar/baz": false,
      "bar/foo/baz": false,
      "bar/foo/baz/qux": false,
    },
  },
  {
    name: "multi-segment (implicitly left-anchored) pattern",
    pattern: "foo/bar",
    paths: { "foo/bar": true, "foo/bart": false, "foo/bar/baz": true, "baz/foo/bar": false, "baz/foo/bar/qux": false },
  },
  {
    name: "multi-segment pattern with leading slash",
    pattern: "/foo/bar",
    paths: { "foo/bar": true, "foo/bart": false, "foo/bar/baz": true, "baz/foo/bar": false, "baz/foo/bar/qux": false },
  },
  {
    name: "multi-segment pattern with trailing slash",
    pattern: "foo/bar/",
    paths: { "foo/bar": false, "foo/bart": false, "foo/bar/baz": true, "baz/foo/bar": false, "baz/foo/bar/qux": false },
  },
  {
    name: "multi-segment pattern with leading and trailing slash",
    pattern: "/foo/bar/",
    paths: {
      "foo/bar": false,
      "foo/bart": false,
      "foo/bar/baz": true,
      "foo/bar/baz/qux": true,
      "baz/foo/bar": false,
      "baz/foo/bar/qux": false,
    },
  },
  {
    name: "single segment lone wildcard",
    pattern: "*",
    paths: { foo: true, "foo/bar": true, "bar/foo": true, "bar/foo/baz": true, "bar/baz": true, xfoo: true },
  },
  {
    name: "single segment pattern with wildcard",
    pattern: "f*",
    paths: {
      foo: true,
      "foo/bar": true,
      "foo/bar/baz": true,
      "bar/foo": true,
      "bar/foo/baz": true,
      "bar/baz": false,
      xfoo: false,
    },
  },
  {
    name: "single segment pattern with leading slash and lone wildcard",
    pattern: "/*",
    paths: { foo: true, bar: true, "foo/bar": false, "foo/bar/baz": false },
  },
  {
    name: "single segment pattern with leading slash and wildcard",
    pattern: "/f*",
    paths: {
      foo: true,
      "foo/bar": true,
      "foo/bar/baz": true,
      "bar/foo": false,
      "bar/foo/baz": false,
      "bar/baz": false,
      xfoo: false,
    },
  },
  {
    name: "single segment pattern with trailing slash and wildcard",
    pattern: "f*/",
    paths: { foo: false, "foo/bar": true, "bar/foo": false, "bar/foo/baz": true, "bar/baz": false, xfoo: false },
  },
  {
    name: "single segment pattern with leading and trailing slash and lone wildcard",
    pattern: "/*/",
    paths: { foo: false, "foo/bar": true, "bar/foo": true, "bar/foo/baz": true },
  },
  {
    name: "single segment pattern with leading and trailing slash and wildcard",
    pattern: "/f*/",
    paths: { foo: false, "foo/bar": true, "bar/foo": false, "bar/foo/baz": false, "bar/baz": false, xfoo: false },
  },
  { name: "single segment pattern with escaped wildcard", pattern: "f\\*o", paths: { foo: false, "f*o": true } },
  {
    name: "pattern with trailing wildcard segment",
    pattern: "foo/*",
    paths: {
      foo: false,
      "foo/bar": true,
      "foo/bar/baz": false,
      "bar/foo": false,
      "bar/foo/baz": false,
      "bar/baz": false,
      xfoo: false,
    },
  },
  {
    name: "multi-segment pattern with wildcard",
    pattern: "foo/*.txt",
    paths: {
      foo: false,
      "foo/bar.txt": true,
      "foo/bar/baz.txt": false,
      "qux/foo/bar.txt": false,
      "qux/foo/bar/baz.txt": false,
    },
  },
  {
    name: "multi-segment pattern with lone wildcard",
    pattern: "foo/*/baz",
    paths: { foo: false, "foo/bar": false, "foo/baz": false, "foo/bar/baz": true, "foo/bar/baz/qux": true },
  },
  {
    name: "single segment pattern with single-character wildcard",
    pattern: "f?o",
    paths: { foo: true, fo: false, fooo: false },
  },
  {
    name: "single segment pattern with escaped single-character wildcard",
    pattern: "f\\?o",
    paths: { foo: false, "f?o": true },
  },
  {
    name: "leading double-asterisk wildcard",
    pattern: "**/foo/bar",
    paths: {
      "foo/bar": true,
      "qux/foo/bar": true,
      "qux/foo/bar/baz": true,
      "foo/baz/bar": false,
      "qux/foo/baz/bar": false,
    },
  },
  {
    name: "leading double-asterisk wildcard with regular wildcard",
    pattern: "**/*bar*",
    paths: { bar: true, "foo/bar": true, "foo/rebar": true, "foo/barrio": true, "foo/qux/bar": true },
  },
  {
    name: "trailing double-asterisk wildcard",
    pattern: "foo/bar/**",
    paths: {
      "foo/bar": false,
      "foo/bar/baz": true,
      "foo/bar/baz/qux": true,
      "qux/foo/bar": false,
      "qux/foo/bar/baz": false,
    },
  },
  {
    name: "middle double-asterisk wildcard",
    pattern: "foo/**/bar",
    paths: {
      "foo/bar": true,
      "foo/bar/baz": true,
      "foo/qux/bar/baz": true,
      "foo/qux/quux/bar/baz": true,
      "foo/bar/baz/qux": true,
      "qux/foo/bar": false,
      "qux/foo/bar/baz": false,
    },
  },
  {
    name: "middle double-asterisk wildcard with trailing slash",
    pattern: "foo/**/",
    paths: { foo: false, "foo/bar": true, "foo/bar/": true, "foo/bar/baz": true },
  },
  {
    name: "middle double-asterisk wildcard with trailing wildcard",
    pattern: "foo/**/bar/b*",
    paths: {
      "foo/bar": false,
      "foo/bar/baz": true,
      "foo/bar/qux": false,
      "foo/qux/bar": false,
      "foo/qux/bar/baz": true,
      "foo/qux/bar/qux": false,
    },
  },
  {
    name: "pattern with square brackets",
    pattern: "/apps/[param]/file.ts",
    paths: {
      "apps/[param]/file.ts": true,
      "apps/other/file.ts": false,
      "apps/[other]/file.ts": false,
      "apps/param/file.ts": false,
    },
  },
  {
    name: "pattern with colon",
    pattern: "services/foo:bar/**/*",
    paths: { "services/foo:bar/baz.json": true, "services/foo-bar/baz.json": false },
  },
  {
    name: "pattern with caret",
    pattern: "vllm/v1/worker/^cpu",
    paths: { "vllm/v1/worker/^cpu": true, "vllm/v1/worker/cpu": false },
  },
];
