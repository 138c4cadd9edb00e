import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page, section, verdict } from './report.mjs';

const scenario = { name: 'one', title: 'Nothing is lost' };
const about = { date: '2030-01-02', commit: 'abc', virtual: true, cores: 2, processor: 'P', kernel: '6', dotnet: '10', redis: '7', node: '20', clients: 'ws 8' };
const result = { about, numbers: { clients: 300, drainRate: 25 }, counts: { publications: 12, holes: 0 }, faults: [], seconds: 61 };

test('a scenario shows its date, what was asked for, and what was counted', () => {
  const text = section(scenario, result);
  assert.match(text, /2030-01-02, commit abc; 61 s\. Asked for: clients 300, drain rate 25\./);
  assert.match(text, /\| publications \| 12 \|\n\| holes \| 0 \|/);
});

test('a fault is shown, and is the verdict', () => {
  const failed = { ...result, faults: ['room-1: a|b\nc'] };
  assert.equal(verdict(result), 'holds');
  assert.equal(verdict(failed), '**does not hold**');
  assert.match(section(scenario, failed), /- \*\*room-1: a\\\|b c\*\*/);
});

test('what was left out says why', () => {
  const skipped = { about, skipped: 'network namespaces need root' };
  assert.match(section(scenario, skipped), /Left out: network namespaces need root\./);
  assert.match(page([{ scenario, result: skipped }]), /\| \[one\]\(#one\) \| Nothing is lost \| left out: network namespaces need root \|/);
});

test('the machine is named once', () => {
  const text = page([{ scenario, result }, { scenario: { ...scenario, name: 'two' }, result }]);
  assert.equal(text.split('A virtual machine with 2 cores').length, 2);
});
