import { compareStrings } from '../bytes.ts';
import { parseDuration, parseRfc3339 } from '../go-values.ts';
import type {
  AnySchema,
  FieldSchema,
  ListSchema,
  MapSchema,
  ObjectSchema,
  ScalarSchema,
  Schema,
} from '../schema.ts';
import type { Plans } from './plan.ts';
import { ReverseWriter, wireType } from './wire.ts';

type Json = Readonly<Record<string, unknown>>;

/** The message of an object, without kind and apiVersion: those stand in the envelope. */
export function encodeMessage(plans: Plans, object: Json, schema: ObjectSchema): Uint8Array {
  const writer = new ReverseWriter();
  new Encoder(plans, writer).message(object, schema);
  return writer.finish();
}

const empty: Json = {};
const utf8 = new TextEncoder();

/** As gogo's generated code does: every field that is no pointer is written, in the order of the numbers. */
class Encoder {
  readonly #plans: Plans;
  readonly #writer: ReverseWriter;

  constructor(plans: Plans, writer: ReverseWriter) {
    this.#plans = plans;
    this.#writer = writer;
  }

  message(object: Json, schema: ObjectSchema): void {
    const { entries } = this.#plans.of(schema);
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i]!;
      if ('field' in entry) this.#field(entry.tag, object[entry.field.name], entry.field);
      else this.#nested(entry.tag, object, entry.inline);
    }
  }

  #field(tag: number, value: unknown, field: FieldSchema): void {
    if (field.pointer && (value === undefined || value === null)) return;
    const { schema } = field;
    if (schema.type === 'list') this.#list(tag, value as unknown[] | null | undefined, schema);
    else if (schema.type === 'map') this.#map(tag, value as Json | null | undefined, schema);
    else this.#value(tag, value ?? undefined, schema);
  }

  #list(tag: number, value: readonly unknown[] | null | undefined, schema: ListSchema): void {
    if (!value) return;
    if (schema.wrapped) {
      this.#wrapped(tag, value, schema);
      return;
    }
    for (let i = value.length - 1; i >= 0; i--) this.#value(tag, value[i] ?? undefined, schema.items);
  }

  #wrapped(tag: number, value: readonly unknown[], schema: ListSchema): void {
    const start = this.#writer.length;
    for (let i = value.length - 1; i >= 0; i--) this.#value(1, value[i] ?? undefined, schema.items);
    this.#writer.delimit(tag, start);
  }

  #map(tag: number, value: Json | null | undefined, schema: MapSchema): void {
    if (!value) return;
    for (const name of Object.keys(value).sort(compareStrings).reverse()) {
      const start = this.#writer.length;
      const part = value[name] ?? undefined;
      if (schema.values.type === 'list' && !schema.values.wrapped)
        this.#list(2, part as unknown[] | undefined, schema.values);
      else this.#value(2, part, schema.values);
      this.#string(1, name);
      this.#writer.delimit(tag, start);
    }
  }

  #value(tag: number, value: unknown, schema: Schema): void {
    switch (schema.type) {
      case 'object':
        this.#nested(tag, (value as Json | undefined) ?? empty, schema);
        return;
      case 'any':
        this.#any(tag, value, schema);
        return;
      case 'list':
        this.#wrapped(tag, (value as unknown[] | undefined) ?? [], schema);
        return;
      case 'map':
        this.#map(tag, value as Json | undefined, schema);
        return;
      default:
        this.#scalar(tag, value, schema);
        return;
    }
  }

  #nested(tag: number, object: Json, schema: ObjectSchema): void {
    const start = this.#writer.length;
    this.message(object, schema);
    this.#writer.delimit(tag, start);
  }

  #scalar(tag: number, value: unknown, schema: ScalarSchema): void {
    switch (schema.type) {
      case 'string':
        if (schema.format) this.#formatted(tag, value as string | undefined, schema);
        else this.#string(tag, value);
        return;
      case 'boolean':
        this.#varint(tag, value ? 1 : 0);
        return;
      case 'integer':
        this.#varint(tag, (value as number | bigint | undefined) ?? 0);
        return;
      case 'number':
        this.#writer.double((value as number | undefined) ?? 0);
        this.#writer.key(tag, wireType.fixed64);
        return;
      case 'quantity':
        this.#submessage(tag, () => this.#string(1, value === undefined ? '0' : String(value)));
        return;
      case 'int-or-string':
        this.#intOrString(tag, value as number | string | undefined);
        return;
    }
  }

  #intOrString(tag: number, value: number | string | undefined): void {
    this.#submessage(tag, () => {
      this.#string(3, typeof value === 'string' ? value : '');
      this.#varint(2, typeof value === 'number' ? value : 0);
      this.#varint(1, typeof value === 'string' ? 1 : 0);
    });
  }

  #formatted(tag: number, value: string | undefined, schema: ScalarSchema): void {
    switch (schema.format) {
      case 'byte':
        if (value !== undefined) this.#bytes(tag, Uint8Array.fromBase64(value));
        return;
      case 'duration':
        this.#submessage(tag, () => {
          this.#writer.varintBig(parseDuration(value ?? '0s'));
          this.#writer.key(1, wireType.varint);
        });
        return;
      default:
        this.#submessage(tag, () => {
          if (value !== undefined) this.#timestamp(value, schema.format === 'micro-time');
        });
        return;
    }
  }

  #timestamp(value: string, micro: boolean): void {
    const { epochMs, micros } = parseRfc3339(value);
    this.#varint(2, micro ? micros * 1000 : 0);
    this.#varint(1, epochMs / 1000);
  }

  #any(tag: number, value: unknown, schema: AnySchema): void {
    switch (schema.wire) {
      case 'raw':
      case 'json':
      case 'fieldsV1':
        this.#submessage(tag, () => {
          if (value !== undefined) this.#bytes(1, utf8.encode(JSON.stringify(value)));
        });
        return;
      case 'jsonSchemaPropsOrBool':
        this.#submessage(tag, () => {
          if (typeof value === 'object') this.#nested(2, value as Json, schema.element!);
          this.#varint(1, value ? 1 : 0);
        });
        return;
      case 'jsonSchemaPropsOrArray':
      case 'jsonSchemaPropsOrStringArray':
        this.#submessage(tag, () => this.#schemaOrArray(value, schema));
        return;
      default:
        // interface{} stands only in types that have no protobuf form (Table).
        return;
    }
  }

  #schemaOrArray(value: unknown, schema: AnySchema): void {
    if (Array.isArray(value)) {
      const items: Schema = schema.wire === 'jsonSchemaPropsOrArray' ? schema.element! : { type: 'string' };
      this.#list(2, value, { type: 'list', items });
    } else if (value) this.#nested(1, value as Json, schema.element!);
  }

  #submessage(tag: number, write: () => void): void {
    const start = this.#writer.length;
    write();
    this.#writer.delimit(tag, start);
  }

  #string(tag: number, value: unknown): void {
    const start = this.#writer.length;
    this.#writer.string((value as string | undefined) ?? '');
    this.#writer.delimit(tag, start);
  }

  #bytes(tag: number, value: Uint8Array): void {
    this.#writer.bytes(value);
    this.#writer.varint(value.length);
    this.#writer.key(tag, wireType.bytes);
  }

  #varint(tag: number, value: number | bigint): void {
    this.#writer.varint(value);
    this.#writer.key(tag, wireType.varint);
  }
}
