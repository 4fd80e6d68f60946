import { type Document, visit } from 'yaml';

/** A block scalar that a text ends in has no line break at its end where the text has none: the library adds one. */
export function endAsWritten(document: Document, text: string): void {
  if (text.endsWith('\n')) return;
  visit(document, {
    Scalar(_, scalar) {
      const isBlock = scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED';
      const { value } = scalar;
      if (isBlock && (scalar.range?.[1] ?? 0) >= text.length && typeof value === 'string')
        scalar.value = value.replace(/\n$/, '');
    },
  });
}
