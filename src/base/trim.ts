/** A text without what it ends in of one character; an expression that may begin anywhere takes the square of that. */
export function withoutEnd(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}
