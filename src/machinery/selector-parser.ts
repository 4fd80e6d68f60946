/**
 * The grammar of label selectors (apimachinery labels):
 *   selector    = [ requirement *( "," requirement ) ]
 *   requirement = [ "!" ] KEY | KEY ( "in" | "notin" ) "(" values ")" | KEY ( "=" | "==" | "!=" | ">" | "<" ) VALUE
 */
import { compareStrings } from './bytes.ts';
import type { LabelRequirement, SelectorOperator } from './label-requirement.ts';

type TokenType =
  | 'error'
  | 'end'
  | 'identifier'
  | ')'
  | ','
  | '!'
  | '=='
  | '='
  | '>'
  | 'in'
  | '<'
  | '!='
  | 'notin'
  | '(';

interface Token {
  readonly type: TokenType;
  readonly text: string;
}

const operators: Readonly<Partial<Record<TokenType, SelectorOperator>>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

function* tokenize(text: string): Generator<Token> {
  const pattern = /[ \t\r\n]*(?:(==|!=|[=!(),<>])|([^ \t\r\n=!(),<>]+))?/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match || match[0] === '') break;
    const [, symbol, word] = match;
    if (symbol !== undefined) yield { type: symbol as TokenType, text: symbol };
    else if (word !== undefined) {
      yield { type: word === 'in' || word === 'notin' ? word : 'identifier', text: word };
    }
  }
  yield { type: 'end', text: '' };
}

/** What the grammar leaves to the selectors themselves. */
export interface RequirementRules {
  fail(message: string): never;
  readonly binaryOperators: readonly SelectorOperator[];
  /** What is wrong with a key; '' is nothing. */
  checkKey(key: string): string;
  make(key: string, operator: SelectorOperator, values: readonly string[]): LabelRequirement;
}

/** Parses a label selector, calling `rules.fail` with upstream's message where it is wrong. */
export function parseRequirements(text: string, rules: RequirementRules): LabelRequirement[] {
  return new Parser([...tokenize(text)], rules).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #rules: RequirementRules;
  #position = 0;

  constructor(tokens: readonly Token[], rules: RequirementRules) {
    this.#tokens = tokens;
    this.#rules = rules;
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const { type, text } = this.#peek();
      if (type === 'end') return requirements;
      if (type !== 'identifier' && type !== '!') {
        this.#rules.fail(`found '${text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const next = this.#take();
      if (next.type === 'end') return requirements;
      if (next.type !== ',') {
        this.#rules.fail(`found '${next.text}', expected: ',' or 'end of string'`);
      }
      const after = this.#peek();
      if (after.type !== 'identifier' && after.type !== '!') {
        this.#rules.fail(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  /** A failure inside of a requirement says so. */
  #failRequirement(message: string): never {
    return this.#rules.fail(`unable to parse requirement: ${message}`);
  }

  /** In and notin are words like any other but where an operator stands. */
  #peek(): Token {
    const token = this.#tokens[this.#position]!;
    return token.type === 'in' || token.type === 'notin' ? { type: 'identifier', text: token.text } : token;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.type !== 'end') this.#position++;
    return token;
  }

  #requirement(): LabelRequirement {
    let key = this.#take();
    const negated = key.type === '!';
    if (negated) key = this.#take();
    if (key.type !== 'identifier') this.#failRequirement(`found '${key.text}', expected: identifier`);
    const wrong = this.#rules.checkKey(key.text);
    if (wrong !== '') this.#failRequirement(wrong);
    const next = this.#peek().type;
    if (negated) return this.#make(key.text, '!', []);
    if (next === 'end' || next === ',') return this.#make(key.text, 'exists', []);
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#valueSet() : [this.#exactValue()];
    return this.#make(key.text, operator, [...new Set(values)].sort(compareStrings));
  }

  #make(key: string, operator: SelectorOperator, values: readonly string[]): LabelRequirement {
    try {
      return this.#rules.make(key, operator, values);
    } catch (error) {
      return this.#failRequirement((error as Error).message);
    }
  }

  #operator(): SelectorOperator {
    const token = this.#tokens[this.#position]!;
    const operator = operators[token.type];
    if (!operator) {
      const expected = this.#rules.binaryOperators.join(', ');
      this.#failRequirement(`found '${token.text}', expected: ${expected}`);
    }
    this.#position++;
    return operator!;
  }

  #exactValue(): string {
    const { type, text } = this.#peek();
    if (type === 'end' || type === ',') return '';
    if (type !== 'identifier') this.#failRequirement(`found '${text}', expected: identifier`);
    this.#position++;
    return text;
  }

  /** '(a,b)'; two commas in a row, and a comma at either end, stand for the empty value. */
  #valueSet(): string[] {
    const open = this.#take();
    if (open.type !== '(') this.#failRequirement(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.type === ')') {
      this.#position++;
      return [''];
    }
    if (first.type !== 'identifier' && first.type !== ',') {
      this.#failRequirement(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values: string[] = [];
    let expectValue = true;
    for (;;) {
      const { type, text } = this.#take();
      if (type === 'identifier' && expectValue) {
        values.push(text);
        expectValue = false;
        const next = this.#peek();
        if (next.type !== ',' && next.type !== ')') {
          this.#failRequirement(`found '${next.text}', expected: ',' or ')'`);
        }
      } else if (type === ',') {
        if (expectValue) values.push('');
        expectValue = true;
      } else if (type === ')') {
        if (expectValue) values.push('');
        return values;
      } else this.#failRequirement(`found '${text}', expected: ',', or identifier`);
    }
  }
}
