import { propertyName, quoted } from './names.ts';

const widthMax = 110;
const commentWidthMax = 100;

/** A JSON value as a literal type. */
export function literal(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

/** Lines of a doc comment, wrapped at words; none where there is nothing to say. */
export function comment(text: string | undefined, indent: string): string[] {
  const paragraphs = (text ?? '').replaceAll('*/', '*\\/').trim();
  if (paragraphs === '') return [];
  const lines = paragraphs
    .split('\n')
    .flatMap(line => wrapped(line.trimEnd(), commentWidthMax - indent.length));
  if (lines.length === 1) return [`${indent}/** ${lines[0]} */`];
  return [`${indent}/**`, ...lines.map(line => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

function wrapped(line: string, width: number): string[] {
  const indent = /^\s*/.exec(line)![0];
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trim().split(/\s+/)) {
    const next = current === indent ? `${indent}${word}` : `${current} ${word}`;
    if (next.length > width && current !== indent) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = next;
  }
  return [...lines, current];
}

/** A field of one or several types, over as many lines as it needs. */
export function union(start: string, types: readonly string[], indent: string): string[] {
  const line = `${indent}${start}${types.join(' | ')};`;
  if (line.length <= widthMax || types.length === 1) return [line];
  const last = types.length - 1;
  return [
    `${indent}${start.trimEnd()}`,
    ...types.map((type, i) => `${indent}  | ${type}${i === last ? ';' : ''}`),
  ];
}

/** `head { … }`; the lines come with their indent. */
export function block(head: string, fields: readonly string[]): string[] {
  if (fields.length === 0) return [`${head} {}`];
  return [`${head} {`, ...fields, '}'];
}

/** An exported constant whose fields are texts already. */
export function constant(name: string, type: string, fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([field, value]) => `  ${propertyName(field)}: ${value},`);
  return [`export const ${name}: ${type} = {`, ...lines, '};'].join('\n');
}
