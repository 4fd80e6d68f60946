const plainText = /^[ !#-[\]-~]*$/;

/** A string as JSON.stringify writes it, for those who put texts together. */
export function quoteJson(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** A member of an object as JSON.stringify writes it, with a comma before it; '' for what it leaves out. */
export function memberJson(name: string, value: unknown): string {
  const json = typeof value === 'string' ? quoteJson(value) : JSON.stringify(value);
  return json === undefined ? '' : `,${quoteJson(name)}:${json}`;
}
