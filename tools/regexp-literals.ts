import { createScanner } from 'typescript/unstable/ast/scanner';
import { SyntaxKind } from 'typescript/unstable/ast';

/** A regular expression as it stands in a source. */
export interface RegExpLiteral {
  /** With its slashes and flags. */
  readonly text: string;
  readonly line: number;
}

/** After these a slash divides. */
const endsValue: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.PrivateIdentifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
  SyntaxKind.ThisKeyword,
  SyntaxKind.SuperKeyword,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
  SyntaxKind.NullKeyword,
  SyntaxKind.ExclamationToken,
]);

/** Every regular expression of a TypeScript source. */
export function regExpLiterals(source: string): RegExpLiteral[] {
  const scanner = createScanner(true, undefined, source);
  const literals: RegExpLiteral[] = [];
  /** For each brace that is open: whether a template goes on after it. */
  const braces: boolean[] = [];
  let before = SyntaxKind.Unknown;
  for (let token = scanner.scan(); token !== SyntaxKind.EndOfFile; token = scanner.scan()) {
    if (token === SyntaxKind.OpenBraceToken) braces.push(false);
    if (token === SyntaxKind.TemplateHead) braces.push(true);
    if (token === SyntaxKind.CloseBraceToken && braces.pop()) {
      token = scanner.reScanTemplateToken(false);
      if (token === SyntaxKind.TemplateMiddle) braces.push(true);
    }
    if (
      (token === SyntaxKind.SlashToken || token === SyntaxKind.SlashEqualsToken) &&
      !endsValue.has(before)
    ) {
      token = scanner.reScanSlashToken();
      const line = source.slice(0, scanner.getTokenStart()).split('\n').length;
      literals.push({ text: scanner.getTokenText(), line });
    }
    before = token;
  }
  return literals;
}
