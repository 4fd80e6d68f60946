import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The markers of a comment: `+listMapKey=name` is `listMapKey` with the value 'name'. A marker may come twice. */
export type Markers = ReadonlyMap<string, readonly string[]>;

export interface GoField {
  /** The Go name; an embedded field has its type's. */
  readonly name: string;
  readonly embedded: boolean;
  readonly type: GoType;
  /** Struct tags: json, protobuf, patchStrategy, patchMergeKey. */
  readonly tags: Readonly<Record<string, string>>;
  readonly markers: Markers;
}

/** A type expression. `package` is the import alias, '' for the same package. */
export type GoType =
  | { readonly form: 'named'; readonly package: string; readonly name: string }
  | { readonly form: 'pointer' | 'slice'; readonly element: GoType }
  | { readonly form: 'map'; readonly key: GoType; readonly element: GoType };

export interface GoDeclaration {
  readonly name: string;
  readonly markers: Markers;
  /** `type A = B`. */
  readonly alias: boolean;
  /** Absent for a struct. */
  readonly type: GoType | undefined;
  readonly fields: readonly GoField[];
  /** Import alias to import path, of the file that declares it. */
  readonly imports: ReadonlyMap<string, string>;
}

/** A string constant, with the name of its type ('' when untyped): its value, or the constant that it is made of. */
export type GoConstant =
  | { readonly type: string; readonly value: string }
  | { readonly type: string; readonly path: string | undefined; readonly name: string };

export interface GoPackage {
  readonly path: string;
  readonly declarations: ReadonlyMap<string, GoDeclaration>;
  readonly constants: ReadonlyMap<string, GoConstant>;
  /** Types given to AddKnownTypes. */
  readonly registered: readonly string[];
  readonly groupName: string | undefined;
}

/** Reads the declarations of one directory of gofmt'd source. Bodies of functions are passed over. */
export function readGoPackage(directory: string, path: string): GoPackage {
  const declarations = new Map<string, GoDeclaration>();
  const constants = new Map<string, GoConstant>();
  const registered: string[] = [];
  let groupName: string | undefined;
  for (const file of readdirSync(directory).sort()) {
    if (!file.endsWith('.go') || file.endsWith('_test.go') || file.startsWith('zz_')) continue;
    if (file === 'generated.pb.go' || file === 'generated.protomessage.pb.go') continue;
    const text = readFileSync(join(directory, file), 'utf8').replace(/^\s*\/\*[\s\S]*?\*\/$/gm, '');
    groupName = /^\/\/ \+groupName=(.*)$/m.exec(text)?.[1] ?? groupName;
    groupName = /GroupName\s*=\s*"([^"]*)"/.exec(text)?.[1] ?? groupName;
    for (const declaration of readDeclarations(text)) declarations.set(declaration.name, declaration);
    readConstants(text, constants);
    if (/AddKnownTypes/.test(text)) {
      for (const match of text.matchAll(/^\s*&(\w+)\{\},?$/gm)) registered.push(match[1]!);
    }
  }
  return { path, declarations, constants, registered, groupName };
}

function readDeclarations(text: string): GoDeclaration[] {
  const lines = text.split('\n');
  const imports = readImports(text);
  const found: GoDeclaration[] = [];
  for (let at = 0; at < lines.length; at++) {
    const match = /^type (\w+) (= )?(.+)$/.exec(lines[at]!);
    if (!match) continue;
    const [, name, alias, rest] = match;
    const markers = typeMarkers(lines, at);
    if (rest!.startsWith('interface') || rest!.startsWith('func')) continue;
    if (rest === 'struct {') {
      const end = lines.indexOf('}', at);
      const fields = readFields(lines.slice(at + 1, end));
      found.push({ name: name!, markers, alias: false, type: undefined, fields, imports });
      at = end;
    } else if (rest === 'struct{}') {
      found.push({ name: name!, markers, alias: false, type: undefined, fields: [], imports });
    } else {
      const type = parseType(rest!.replace(/\s*\/\/.*$/, ''));
      found.push({ name: name!, markers, alias: alias !== undefined, type, fields: [], imports });
    }
  }
  return found;
}

function readImports(text: string): Map<string, string> {
  const imports = new Map<string, string>();
  const block = /^import \(\n([\s\S]*?)^\)/m.exec(text)?.[1] ?? /^import (.*)$/m.exec(text)?.[1] ?? '';
  for (const match of block.matchAll(/^\s*(?:([\w.]+) )?"([^"]+)"/gm)) {
    const path = match[2]!;
    imports.set(match[1] ?? path.slice(path.lastIndexOf('/') + 1), path);
  }
  return imports;
}

/** Markers of the comment right above, and of the block above that one (where +genclient stands). */
function typeMarkers(lines: readonly string[], at: number): Markers {
  const comment: string[] = [];
  let blocks = 0;
  for (let i = at - 1; i >= 0 && blocks < 2; i--) {
    const line = lines[i]!;
    if (line.startsWith('//')) comment.unshift(line);
    else if (line === '') blocks++;
    else break;
  }
  return parseMarkers(comment);
}

function parseMarkers(comment: readonly string[]): Markers {
  const markers = new Map<string, string[]>();
  for (const line of comment) {
    const match = /^\s*\/\/\s*\+([A-Za-z][\w.:-]*)(?:\([^)]*\))?(?:=(.*))?$/.exec(line.trimEnd());
    if (!match) continue;
    const values = markers.get(match[1]!) ?? [];
    values.push(match[2] ?? '');
    markers.set(match[1]!, values);
  }
  return markers;
}

function readFields(lines: readonly string[]): GoField[] {
  const fields: GoField[] = [];
  let comment: string[] = [];
  for (const raw of lines) {
    const line = raw.trim();
    if (line.startsWith('//')) {
      comment.push(line);
      continue;
    }
    if (line !== '') fields.push(...readField(line, parseMarkers(comment)));
    comment = [];
  }
  return fields;
}

function readField(line: string, markers: Markers): GoField[] {
  const match = /^([^`/]*?)\s*(?:`([^`]*)`)?\s*(?:\/\/.*)?$/.exec(line);
  if (!match) throw new Error(`cannot read the field ${line}`);
  const tags: Record<string, string> = {};
  for (const tag of (match[2] ?? '').matchAll(/(\w+):"([^"]*)"/g)) tags[tag[1]!] = tag[2]!;
  const words = /^(\w+)\s+(\S.*)$/.exec(match[1]!);
  const type = parseType(words ? words[2]! : match[1]!);
  const name = words ? words[1]! : baseName(type);
  return [{ name, embedded: !words, type, tags, markers }];
}

function baseName(type: GoType): string {
  if (type.form === 'named') return type.name;
  return baseName(type.element);
}

/** Parses what field types here are made of. */
export function parseType(text: string): GoType {
  if (text.startsWith('*')) return { form: 'pointer', element: parseType(text.slice(1)) };
  if (text.startsWith('[]')) return { form: 'slice', element: parseType(text.slice(2)) };
  const map = /^map\[([^\]]+)\](.+)$/.exec(text);
  if (map) return { form: 'map', key: parseType(map[1]!), element: parseType(map[2]!) };
  const named = /^(?:(\w+)\.)?(\w+|interface\{\})$/.exec(text);
  if (!named) return { form: 'named', package: '', name: text };
  return { form: 'named', package: named[1] ?? '', name: named[2]! };
}

/** `Name Type = "value"`, `Name = Type("value")`, and `Name = Type(other.Name)`. */
const constantPattern =
  /^(?:const |\t)(\w+)(?:\s+([\w.]+))?\s*=\s*(?:"([^"]*)"|(\w+)\((?:"([^"]*)"|(?:(\w+)\.)?(\w+))\))/gm;

function readConstants(text: string, constants: Map<string, GoConstant>): void {
  const imports = readImports(text);
  for (const [, name, type, plain, conversion, converted, alias, other] of text.matchAll(constantPattern)) {
    const value = plain ?? converted;
    constants.set(
      name!,
      value === undefined
        ? { type: conversion!, path: alias && imports.get(alias), name: other! }
        : { type: type ?? conversion ?? '', value },
    );
  }
}
