/** What expressions may use: functions, macros, type names and variables. Environments are immutable and shared. */
import type { Checked } from './checked.ts';
import type { Declaration } from './declaration.ts';
import { type Macro, type Macros, macroTable } from './macros.ts';
import type { Constructible, Overload } from './signature.ts';
import type { Issue } from './source.ts';
import type { Type } from './types.ts';

/** Functions and names that belong together. */
export interface Library {
  readonly overloads?: readonly Overload[];
  readonly macros?: readonly Macro[];
  /** Types that have a name in expressions. */
  readonly types?: readonly Type[];
  /** A struct by its name; undefined where the library has none of that name. */
  readonly structs?: (name: string) => Constructible | undefined;
  readonly optionalSyntax?: boolean;
  /** What a checked expression may still get wrong. */
  readonly validators?: readonly Validator[];
}

export type Validator = (checked: Checked) => readonly Issue[];

interface Parts {
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
  readonly macros: Macros;
  readonly types: ReadonlyMap<string, Type>;
  readonly structs: readonly ((name: string) => Constructible | undefined)[];
  readonly optionalSyntax: boolean;
  readonly variables: ReadonlyMap<string, Declaration>;
  readonly container: string;
  readonly validators: readonly Validator[];
}

export class Environment {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static of(libraries: readonly Library[]): Environment {
    const functions = new Map<string, Overload[]>();
    for (const overload of libraries.flatMap(library => library.overloads ?? [])) {
      const overloads = functions.get(overload.function);
      if (overloads) overloads.push(overload);
      else functions.set(overload.function, [overload]);
    }
    return new Environment({
      functions,
      macros: macroTable(libraries.flatMap(library => library.macros ?? [])),
      types: new Map(libraries.flatMap(library => library.types ?? []).map(type => [type.name, type])),
      structs: libraries.flatMap(library => library.structs ?? []),
      optionalSyntax: libraries.some(library => library.optionalSyntax),
      variables: new Map(),
      container: '',
      validators: libraries.flatMap(library => library.validators ?? []),
    });
  }

  /** With more variables; a name that is there already is declared anew. */
  with(variables: Readonly<Record<string, Declaration>>): Environment {
    const all = new Map([...this.#parts.variables, ...Object.entries(variables)]);
    return new Environment({ ...this.#parts, variables: all });
  }

  /** With names looked up within this namespace first. */
  within(container: string): Environment {
    return new Environment({ ...this.#parts, container });
  }

  get macros(): Macros {
    return this.#parts.macros;
  }

  get optionalSyntax(): boolean {
    return this.#parts.optionalSyntax;
  }

  get validators(): readonly Validator[] {
    return this.#parts.validators;
  }

  get container(): string {
    return this.#parts.container;
  }

  get variables(): ReadonlyMap<string, Declaration> {
    return this.#parts.variables;
  }

  /** What a name may mean, the innermost namespace first. */
  #candidates(name: string): string[] {
    if (name.startsWith('.')) return [name.slice(1)];
    const parts = this.#parts.container === '' ? [] : this.#parts.container.split('.');
    return [...parts.keys()].map(i => [...parts.slice(0, parts.length - i), name].join('.')).concat(name);
  }

  #first<T>(
    name: string,
    look: (candidate: string) => T | undefined,
  ): { name: string; found: T } | undefined {
    for (const candidate of this.#candidates(name)) {
      const found = look(candidate);
      if (found !== undefined) return { name: candidate, found };
    }
    return undefined;
  }

  /** A function's overloads with its whole name. */
  function(name: string): { name: string; found: readonly Overload[] } | undefined {
    return this.#first(name, candidate => this.#parts.functions.get(candidate));
  }

  /** A variable or the name of a type. */
  identifier(name: string): { name: string; found: { variable: Declaration } | { type: Type } } | undefined {
    return this.#first(name, candidate => {
      const variable = this.#parts.variables.get(candidate);
      if (variable) return { variable };
      const type = this.#parts.types.get(candidate) ?? this.#struct(candidate)?.type;
      return type && { type };
    });
  }

  struct(name: string): { name: string; found: Constructible } | undefined {
    return this.#first(name, candidate => this.#struct(candidate));
  }

  #struct(name: string): Constructible | undefined {
    for (const structs of this.#parts.structs) {
      const found = structs(name);
      if (found) return found;
    }
    return undefined;
  }
}
