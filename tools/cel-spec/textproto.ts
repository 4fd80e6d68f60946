/** Protocol buffers' text format, without a schema: fields by name, each with all its values in order. */
import { stringBytes } from './strings.ts';

/** Text is bytes until a field says otherwise. */
export type Scalar = { readonly word: string } | { readonly bytes: Uint8Array };
export type Message = ReadonlyMap<string, readonly (Scalar | Message)[]>;

const token =
  /\s+|#[^\n]*|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[A-Za-z_][\w.]*|[-+]?(?:\.?\d(?:[eE][-+]|[\w.])*|inf|nan)|-|[{}[\]<>:,;/]/g;

export function parseTextproto(text: string): Message {
  const tokens = [...text.matchAll(token)].map(match => match[0]).filter(part => !/^[\s#]/.test(part));
  const reader = new Reader(tokens);
  return reader.message(undefined);
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  #take(text: string): boolean {
    if (this.#tokens[this.#at] !== text) return false;
    this.#at++;
    return true;
  }

  /** Fields up to the closing token, or the end. */
  message(close: string | undefined): Message {
    const fields = new Map<string, (Scalar | Message)[]>();
    while (this.#at < this.#tokens.length && !(close !== undefined && this.#take(close))) {
      const name = this.#fieldName();
      this.#take(':');
      const values = this.#take('[') ? this.#list() : [this.#value()];
      fields.set(name, [...(fields.get(name) ?? []), ...values]);
      if (!this.#take(',')) this.#take(';');
    }
    return fields;
  }

  /** A plain name, or the URL of a type in brackets. */
  #fieldName(): string {
    if (!this.#take('[')) return this.#tokens[this.#at++]!;
    let name = '';
    while (!this.#take(']')) name += this.#tokens[this.#at++];
    return `[${name}]`;
  }

  #list(): (Scalar | Message)[] {
    const values: (Scalar | Message)[] = [];
    while (!this.#take(']')) {
      values.push(this.#value());
      this.#take(',');
    }
    return values;
  }

  #value(): Scalar | Message {
    if (this.#take('{')) return this.message('}');
    if (this.#take('<')) return this.message('>');
    const first = this.#tokens[this.#at++]!;
    if (first === '-') return { word: `-${this.#tokens[this.#at++]}` };
    if (!/^["']/.test(first)) return { word: first };
    const parts = [first];
    while (/^["']/.test(this.#tokens[this.#at] ?? '')) parts.push(this.#tokens[this.#at++]!);
    return { bytes: Uint8Array.from(parts.flatMap(part => [...stringBytes(part)])) };
  }
}

export function isMessage(value: Scalar | Message | undefined): value is Message {
  return value instanceof Map;
}

/** A field's first value that is a message. */
export function messageOf(message: Message, field: string): Message | undefined {
  const value = message.get(field)?.[0];
  return isMessage(value) ? value : undefined;
}

export function messagesOf(message: Message, field: string): readonly Message[] {
  return (message.get(field) ?? []).filter(isMessage);
}

export function wordOf(message: Message, field: string): string | undefined {
  const value = message.get(field)?.[0];
  return value && 'word' in value ? value.word : undefined;
}

export function bytesOf(message: Message, field: string): Uint8Array | undefined {
  const value = message.get(field)?.[0];
  return value && 'bytes' in value ? value.bytes : undefined;
}

export function textOf(message: Message, field: string): string | undefined {
  const bytes = bytesOf(message, field);
  return bytes && new TextDecoder().decode(bytes);
}
