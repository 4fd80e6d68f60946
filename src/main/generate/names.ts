/** Words that can be no constant's name in a module. */
const reserved = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** The names that a file has taken: each is given once. */
export class Names {
  readonly #taken = new Set(['KubeObject', 'ResourceRef', 'Record']);

  /** A type's name; `suffix` begins a new word. */
  type(name: string, suffix = ''): string {
    return this.#free(pascalCase(name) + pascalCase(suffix));
  }

  constant(name: string, suffix = ''): string {
    const whole = pascalCase(name) + pascalCase(suffix);
    const camel = whole.charAt(0).toLowerCase() + whole.slice(1);
    return this.#free(reserved.has(camel) ? `${camel}Ref` : camel);
  }

  #free(name: string): string {
    let free = name;
    for (let n = 2; this.#taken.has(free); n++) free = `${name}${n}`;
    this.#taken.add(free);
    return free;
  }
}

/** 'foo-bar' and 'fooBar' are FooBar; what letters a name may not have begin a new word. */
function pascalCase(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).map(word => word.charAt(0).toUpperCase() + word.slice(1));
  return words.join('');
}

/** What the type of a field of another type would be called. */
export function nestedName(owner: string, field: string): string {
  return owner + pascalCase(field);
}

/** A field's name as an interface writes it. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** As formatters would have it: in single quotes, unless that needs more escapes. */
export function quoted(text: string): string {
  const json = JSON.stringify(text);
  if (text.includes("'")) return json;
  return `'${json.slice(1, -1).replaceAll('\\"', '"')}'`;
}
