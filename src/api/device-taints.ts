import type { DeviceTaint, DeviceToleration } from './generated/types/resource.v1.ts';

/** Whether a toleration of a request covers a device's taint (KEP-5055). */
export function toleratesDeviceTaint(
  { key, operator, value, effect }: DeviceToleration,
  taint: DeviceTaint,
): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === 'Exists' || (value ?? '') === (taint.value ?? '');
}
