/** The environments of Kubernetes: its libraries and cel-go's, all of those that v1.36 gives to expressions. */
import { Environment, type Library } from './environment.ts';
import { authorizerLibrary, authorizerSelectorsLibrary } from './library/authorizer.ts';
import { twoVariableLibrary } from './library/comprehensions.ts';
import { formatsLibrary } from './library/formats.ts';
import { extendedListsLibrary, listsLibrary, setsLibrary } from './library/lists.ts';
import { mutationLibrary } from './library/mutation.ts';
import { cidrLibrary, ipLibrary } from './library/network.ts';
import { optionalLibrary } from './library/optional.ts';
import { quantityLibrary } from './library/quantity.ts';
import { regexLibrary } from './library/regex.ts';
import { semverLibrary } from './library/semver.ts';
import { standardLibrary } from './library/standard.ts';
import { stringsLibrary } from './library/strings.ts';
import { urlsLibrary } from './library/urls.ts';
import { bindMacro } from './macros.ts';
import { literalsLibrary } from './validators.ts';

/** The most that one expression may cost. */
export const perCallLimit = 1_000_000;
/** The most that all rules of one object, or all expressions of one policy binding, may cost. */
export const runtimeBudget = 10_000_000;
/** The most that the match conditions of one webhook or policy may cost. */
export const matchConditionsBudget = 2_500_000;
/** The longest message that a messageExpression may give, in bytes. */
export const messageSizeMax = 5 * 1024;

interface Versioned {
  /** The minor version of Kubernetes that brought it. */
  readonly since: number;
  readonly library: Library;
}

function versioned(): readonly Versioned[] {
  return [
    { since: 0, library: standardLibrary() },
    { since: 0, library: urlsLibrary },
    { since: 0, library: regexLibrary() },
    { since: 0, library: listsLibrary },
    { since: 0, library: stringsLibrary },
    { since: 0, library: literalsLibrary },
    { since: 27, library: authorizerLibrary },
    { since: 28, library: optionalLibrary },
    { since: 28, library: quantityLibrary },
    { since: 29, library: setsLibrary },
    { since: 30, library: ipLibrary },
    { since: 30, library: cidrLibrary },
    { since: 31, library: formatsLibrary },
    { since: 31, library: authorizerSelectorsLibrary },
    { since: 32, library: twoVariableLibrary },
    { since: 33, library: semverLibrary },
    { since: 34, library: extendedListsLibrary },
  ];
}

/** What every expression of the API may use. `minor` leaves out what came after that version of Kubernetes. */
export function baseEnvironment(minor = Number.POSITIVE_INFINITY): Environment {
  return Environment.of(librariesOf(minor));
}

/** With the types that mutating policies construct: `Object{...}` and `JSONPatch{...}`. */
export function mutationEnvironment(): Environment {
  return Environment.of([...librariesOf(Number.POSITIVE_INFINITY), mutationLibrary]);
}

/** With `cel.bind`, which the selectors of devices alone may use. */
export function selectorEnvironment(): Environment {
  return Environment.of([...librariesOf(Number.POSITIVE_INFINITY), { macros: [bindMacro] }]);
}

function librariesOf(minor: number): readonly Library[] {
  return versioned().flatMap(({ since, library }) => (since <= minor ? library : []));
}
