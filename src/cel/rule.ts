/** One rule of x-kubernetes-validations with its message, compiled in the place where it stands. */
import { compile, type Program } from './compile.ts';
import type { Declaration } from './declaration.ts';
import { optionalDeclaration } from './declare.ts';
import type { Environment } from './environment.ts';
import { FieldPathError, resolveFieldPath } from './field-path.ts';
import type { StructuralSchema, ValidationRule } from './structural.ts';

export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Absent where the rule is empty or does not compile. */
  readonly program?: Program;
  readonly error?: string;
  readonly message?: Program;
  readonly messageError?: string;
  readonly usesOldSelf: boolean;
  /** Relative to the value, '' where the rule names none. */
  readonly fieldPath: string;
}

/** Compiles the rules of one node, whose values the declaration describes. */
export function compileRules(
  rules: readonly ValidationRule[],
  schema: StructuralSchema,
  declaration: Declaration,
  base: Environment,
): readonly CompiledRule[] {
  const environment = base.with({ self: declaration, oldSelf: declaration });
  return rules.map(rule =>
    compileRule(
      rule,
      schema,
      rule.optionalOldSelf ? environment.with({ oldSelf: optionalDeclaration(declaration) }) : environment,
    ),
  );
}

function compileRule(rule: ValidationRule, schema: StructuralSchema, environment: Environment): CompiledRule {
  const empty = { rule, usesOldSelf: false, fieldPath: relativePath(rule, schema) };
  if (rule.rule.trim() === '') return empty;
  const { program, issues, uninstantiable } = compile(rule.rule, environment);
  if (!program)
    return {
      ...empty,
      error: `${uninstantiable ? 'program instantiation' : 'compilation'} failed: ${issues}`,
    };
  if (program.resultType.kind !== 'bool')
    return { ...empty, error: 'cel expression must evaluate to a bool' };
  const compiled = { ...empty, program, usesOldSelf: program.variables.has('oldSelf') };
  return rule.messageExpression
    ? { ...compiled, ...compileMessage(rule.messageExpression, environment) }
    : compiled;
}

function compileMessage(
  expression: string,
  environment: Environment,
): Pick<CompiledRule, 'message' | 'messageError'> {
  const { program, issues, uninstantiable } = compile(expression, environment);
  const step = uninstantiable ? 'instantiation' : 'compilation';
  if (!program) return { messageError: `messageExpression ${step} failed: ${issues}` };
  return program.resultType.kind === 'string'
    ? { message: program }
    : { messageError: 'messageExpression must evaluate to a string' };
}

function relativePath(rule: ValidationRule, schema: StructuralSchema): string {
  if (!rule.fieldPath) return '';
  try {
    return resolveFieldPath(rule.fieldPath, schema).path.toString();
  } catch (error) {
    if (error instanceof FieldPathError) return '';
    throw error;
  }
}
