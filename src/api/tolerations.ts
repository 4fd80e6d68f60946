import type { Taint, Toleration } from '#api/generated/types/core.v1.ts';

/** core/v1's rule: an empty key with Exists tolerates every taint, an empty effect every effect. */
export function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return key !== undefined && key !== '' && (value ?? '') === (taint.value ?? '');
}
