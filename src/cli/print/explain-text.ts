import type { Mapping } from '../core/discovery.ts';
import { CliError } from '../errors.ts';

export interface OpenApiSchema {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  properties?: Record<string, OpenApiSchema>;
  required?: string[];
  items?: OpenApiSchema;
  additionalProperties?: OpenApiSchema | boolean;
  allOf?: OpenApiSchema[];
  enum?: unknown[];
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

export interface OpenApiDocument {
  components: { schemas: Record<string, OpenApiSchema> };
}

/** kubectl explain's text of one OpenAPI v3 document. */
export class ExplainText {
  readonly #schemas: Record<string, OpenApiSchema>;
  readonly #recursive: boolean;

  constructor(document: OpenApiDocument, recursive: boolean) {
    this.#schemas = document.components.schemas;
    this.#recursive = recursive;
  }

  /** The lines that name the resource; they come even where the field does not exist. */
  head({ group, version, kind }: Mapping): string {
    return `${group ? `GROUP:      ${group}\n` : ''}KIND:       ${kind}\nVERSION:    ${version}\n\n`;
  }

  body({ group, version, kind }: Mapping, path: readonly string[]): string {
    const root = Object.values(this.#schemas).find(schema =>
      schema['x-kubernetes-group-version-kind']?.some(
        gvk => gvk.group === group && gvk.version === version && gvk.kind === kind,
      ),
    );
    if (!root) throw new CliError(`GVK {${group} ${version} ${kind}} not found in OpenAPI schema`);
    const body = this.#at(root, path);
    if (body === undefined) throw new CliError(`field "${path.at(-1)}" does not exist`);
    return `${body}\n`;
  }

  /** What the fields of `path` lead to; undefined where they lead nowhere. */
  #at(schema: OpenApiSchema, path: readonly string[]): string | undefined {
    const resolved = this.#resolve(schema);
    const [field, ...rest] = path;
    if (field === undefined) return this.#page(schema);
    const next = resolved.properties?.[field];
    if (next) {
      const inner = this.#at(next, rest);
      if (inner === undefined) return undefined;
      const title =
        rest.length === 0 ? `FIELD: ${field} <${this.#typeOf(next)}>\n${enumText(next, '', true)}\n\n` : '';
      return title + inner;
    }
    if (resolved.items) return this.#at(resolved.items, path);
    const values = valuesOf(resolved);
    if (values) return this.#at(values, path);
    for (const part of resolved.allOf ?? []) {
      const found = this.#at(part, path);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #page(schema: OpenApiSchema): string {
    const description = this.#description(schema) || '<empty>';
    const fields = this.#fields(schema, 1, new Set());
    return `DESCRIPTION:\n${indent(wrap(description, 76), 4)}\n${fields ? `FIELDS:\n${fields}` : ''}`;
  }

  #description(schema: OpenApiSchema): string {
    const resolved = this.#resolve(schema);
    const parts = [...(resolved.allOf ?? []), resolved.items, valuesOf(resolved)].filter(
      part => part !== undefined,
    );
    return `${resolved.description ? `${resolved.description}\n` : ''}${parts.map(part => this.#description(part)).join('')}`;
  }

  /** `seen` holds the references on the way here: a cycle ends the list. */
  #fields(schema: OpenApiSchema, level: number, seen: ReadonlySet<string>): string {
    if (schema.$ref !== undefined && seen.has(schema.$ref)) return '';
    const resolved = this.#resolve(schema);
    const next = schema.$ref === undefined ? seen : new Set([...seen, schema.$ref]);
    const own = Object.entries(resolved.properties ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => {
        const line = this.#field(name, field, resolved.required?.includes(name) ?? false, level);
        return this.#recursive ? line + this.#fields(field, level + 1, next) : line;
      });
    const parts = [...(resolved.allOf ?? []), resolved.items, valuesOf(resolved)].filter(
      part => part !== undefined,
    );
    return own.join('') + parts.map(part => this.#fields(part, level, next)).join('');
  }

  #field(name: string, schema: OpenApiSchema, required: boolean, level: number): string {
    const amount = level * 2;
    const line = `${' '.repeat(amount)}${name}\t<${this.#typeOf(schema)}>${required ? ' -required-' : ''}`;
    const values = enumText(schema, ' '.repeat(amount), false);
    if (this.#recursive) return `${line}${values}\n`;
    const description = schema.description || '<no description>';
    return `${line}${values}\n${indent(wrap(description, 78 - amount), amount + 2)}\n\n`;
  }

  #typeOf(schema: OpenApiSchema): string {
    if (schema.items) return `[]${this.#typeOf(schema.items)}`;
    const values = valuesOf(schema);
    if (values) return `map[string]${this.#typeOf(values)}`;
    if (schema.allOf?.length === 1 && !schema.properties) return this.#typeOf(schema.allOf[0]!);
    if (schema.$ref !== undefined) {
      const { type } = this.#resolve(schema);
      if (type === undefined || type === 'object') return schema.$ref.split('/').at(-1)!.split('.').at(-1)!;
      return type;
    }
    return schema.type === 'object' ? 'Object' : (schema.type ?? 'Object');
  }

  #resolve(schema: OpenApiSchema): OpenApiSchema {
    if (schema.$ref === undefined) return schema;
    return this.#schemas[schema.$ref.slice('#/components/schemas/'.length)] ?? schema;
  }
}

function valuesOf({ additionalProperties }: OpenApiSchema): OpenApiSchema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function indent(text: string, amount: number): string {
  return text
    .split('\n')
    .map(line => ' '.repeat(amount) + line)
    .join('\n');
}

/** Breaks words into lines of up to `width`; lines of the text stay apart. */
function wrap(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap(line => wrapLine(line, width))
    .join('\n');
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/\s+/).filter(Boolean)) {
    if (current !== '' && current.length + 1 + word.length >= width) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}

function enumText(schema: OpenApiSchema, margin: string, long: boolean): string {
  const values = schema.enum;
  if (!values?.length) return '';
  if (long) return `ENUM:\n${values.map(value => `    ${value === '' ? '""' : value}`).join('\n')}`;
  const shown = values.slice(0, 4).map(value => (value === '' ? '""' : value));
  return `\n${margin}enum: ${shown.join(', ')}${values.length > 4 ? ', ....' : ''}`;
}
