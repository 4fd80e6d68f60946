import { type JsonPath, JsonPathError, parseJsonPath as parse } from '#machinery/jsonpath.ts';
import { relaxedExpression as relax } from '#machinery/jsonpath.ts';
import { CliError } from '../errors.ts';

export { type JsonPath, valueText } from '#machinery/jsonpath.ts';

function worded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof JsonPathError ? new CliError(error.message) : error;
  }
}

/** '.metadata.name', 'metadata.name' and '{.metadata.name}' are one (RelaxedJSONPathExpression). */
export function relaxedExpression(text: string): string {
  return worded(() => relax(text));
}

/** A template whose failures end the command. */
export function parseJsonPath(template: string, allowMissingKeys = true): JsonPath {
  const path = worded(() => parse(template, allowMissingKeys));
  return {
    print: root => worded(() => path.print(root)),
    find: root => worded(() => path.find(root)),
  };
}
