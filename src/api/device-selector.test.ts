import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceSelectorError, deviceAttribute, selectsDevice } from './device-selector.ts';
import type { Device } from './generated/types/resource.v1.ts';

const driver = 'gpu.example.com';
const device: Device = {
  name: 'gpu-0',
  attributes: {
    model: { string: 'A100' },
    'gpu.example.com/slots': { int: 7 },
    'other.example.com/driverVersion': { version: '1.10.0' },
    healthy: { bool: true },
  },
  capacity: { memory: { value: '40Gi' } },
};
const selects = (expression: string) => selectsDevice(expression, driver, device);

test('a selector sees the driver, and attributes and capacity by domain', () => {
  for (const expression of [
    'device.driver == "gpu.example.com"',
    'device.attributes["gpu.example.com"].model == "A100"',
    'device.attributes["gpu.example.com"].slots > 6',
    'device.attributes["gpu.example.com"].healthy',
    'device.attributes["other.example.com"].driverVersion.isGreaterThan(semver("1.9.0"))',
    'device.capacity["gpu.example.com"].memory.compareTo(quantity("32Gi")) > 0',
    '!device.allowMultipleAllocations',
  ]) {
    assert.equal(selects(expression), true, expression);
  }
  assert.equal(selects('device.attributes["gpu.example.com"].model == "H100"'), false);
  assert.equal(
    selectsDevice('device.allowMultipleAllocations', driver, { ...device, allowMultipleAllocations: true }),
    true,
  );
});

test('a domain that the device has nothing of is empty; an attribute that it lacks is an error', () => {
  assert.equal(selects('"model" in device.attributes["nobody.example.com"]'), false);
  assert.equal(selects('has(device.attributes["nobody.example.com"].model)'), false);
  assert.throws(
    () => selects('device.attributes["nobody.example.com"].model == "A100"'),
    new DeviceSelectorError('CEL runtime error: no such key: model'),
  );
});

test('an attribute is found by its full name, though the device has the short one', () => {
  assert.deepEqual(deviceAttribute(driver, device, 'gpu.example.com/model'), { string: 'A100' });
  assert.deepEqual(deviceAttribute(driver, device, 'gpu.example.com/slots'), { int: 7 });
  assert.equal(deviceAttribute(driver, device, 'other.example.com/model'), undefined);
});
