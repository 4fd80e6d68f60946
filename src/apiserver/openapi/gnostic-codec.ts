/** How messages of google/gnostic-models hold JSON documents, in either version. */
import { toYaml } from '#machinery/yaml-write.ts';
import type { Breathe } from '#base/time-slice.ts';
import { type ReverseWriter, wireType } from '#machinery/protobuf/wire.ts';
import type { Json } from './dialect.ts';

/** Writes a field of that number; what is absent or a zero value is left out, as proto3 has it. */
export type Codec = (writer: ReverseWriter, tag: number, value: unknown) => void;
/** Writes the fields of a message, without its own key and length. */
type Body = (writer: ReverseWriter, value: Json) => void;
type Fields = readonly (readonly [jsonName: string, tag: number, codec: Codec])[];

export const string: Codec = (writer, tag, value) => {
  if (value === undefined || value === '') return;
  const start = writer.length;
  writer.string(value as string);
  writer.delimit(tag, start);
};

export const bool: Codec = (writer, tag, value) => {
  if (value !== true) return;
  writer.varint(1);
  writer.key(tag, wireType.varint);
};

export const integer: Codec = (writer, tag, value) => {
  if (!value) return;
  writer.varint(value as number);
  writer.key(tag, wireType.varint);
};

export const double: Codec = (writer, tag, value) => {
  if (value) alwaysDouble(writer, tag, value);
};

/** Zero too. */
export const alwaysDouble: Codec = (writer, tag, value) => {
  writer.double(value as number);
  writer.key(tag, wireType.fixed64);
};

/** False too. */
export const alwaysBool: Codec = (writer, tag, value) => {
  writer.varint(value === true ? 1 : 0);
  writer.key(tag, wireType.varint);
};

/** gnostic's Any carries YAML text. */
export const any: Codec = (writer, tag, value) => {
  if (value === undefined) return;
  const start = writer.length;
  string(writer, 2, toYaml(value));
  writer.delimit(tag, start);
};

export function list(codec: Codec): Codec {
  return (writer, tag, value) => {
    for (const item of [...((value as unknown[] | undefined) ?? [])].reverse()) codec(writer, tag, item);
  };
}

/** A map is a list of messages with name (1) and value (2). */
export function named(codec: Codec): Codec {
  return (writer, tag, value) => {
    for (const [name, part] of Object.entries((value as Json | undefined) ?? {}).reverse()) {
      const start = writer.length;
      codec(writer, 2, part);
      string(writer, 1, name);
      writer.delimit(tag, start);
    }
  };
}

/** Fields in descending order of their numbers; x-… members go to `extensionTag`. */
export function body(fields: Fields, extensionTag?: number): Body {
  const descending = [...fields].sort((a, b) => b[1] - a[1]);
  return (writer, value) => {
    if (extensionTag !== undefined) named(any)(writer, extensionTag, extensionsOf(value));
    for (const [name, tag, codec] of descending) codec(writer, tag, value[name]);
  };
}

function extensionsOf(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name.startsWith('x-')));
}

export function message(write: Body): Codec {
  return (writer, tag, value) => {
    if (value === undefined) return;
    const start = writer.length;
    write(writer, value as Json);
    writer.delimit(tag, start);
  };
}

/** A message with one field, which JSON does not show. */
export function wrapped(tag: number, codec: Codec): Codec {
  return message((writer, value) => codec(writer, tag, value));
}

/** A message per member, as `codec` writes it under `tag`; `breathe` is asked between them. */
export async function members(
  writer: ReverseWriter,
  tag: number,
  codec: Codec,
  all: Json,
  breathe: Breathe,
): Promise<void> {
  const one = named(codec);
  for (const member of Object.entries(all).reverse()) {
    one(writer, tag, Object.fromEntries([member]));
    await breathe();
  }
}

export const strings = list(string);
