import type { AdmissionRule } from '#apiserver/admission/rules/rule.ts';
import { checkDns1123Label } from '#machinery/names.ts';
import type { Controller } from '#runtime/controller.ts';
import type { SchedulerPlugin } from './scheduler-plugin.ts';

/** What a module may export: what defineController, defineAdmissionRule or defineSchedulerPlugin answered. */
export type Extension = Controller | AdmissionRule | SchedulerPlugin;

/** Begins the name of an extension's ComponentStatus. */
export const extensionPrefix = 'extension:';

export function isController(extension: Extension): extension is Controller {
  return !('type' in extension);
}

export function isAdmissionRule(extension: Extension): extension is AdmissionRule {
  return 'type' in extension && extension.type === 'admissionRule';
}

export function isSchedulerPlugin(extension: Extension): extension is SchedulerPlugin {
  return 'type' in extension && extension.type === 'schedulerPlugin';
}

/** Why a value is no extension; undefined for one that is. */
export function extensionProblem(value: unknown): string | undefined {
  const { name, type, setup, resources } = (value ?? {}) as Record<string, unknown>;
  const isOne =
    typeof name === 'string' &&
    (type === undefined || type === 'schedulerPlugin'
      ? typeof setup === 'function'
      : type === 'admissionRule' && Array.isArray(resources));
  if (!isOne) {
    return 'is not what defineController, defineAdmissionRule or defineSchedulerPlugin answers';
  }
  // Accounts and roles are called after them.
  if (type !== 'schedulerPlugin' && checkDns1123Label(name).length > 0) {
    return `has the name ${JSON.stringify(name)}: use up to 63 lower-case letters, digits and '-'`;
  }
  return undefined;
}

/** Names that more than one has; each is told of in one text. */
export function sharedNames(extensions: readonly Extension[]): string[] {
  const names = extensions.map(({ name }) => name);
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}
