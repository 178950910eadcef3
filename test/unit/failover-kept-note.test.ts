import { describe, expect, it } from '@jest/globals';
import { decideName } from '../../shared/decide/failover/decide-name';
import { EMPTY_NAME_MEMORY, freshSite } from '../../shared/domain/failover/name-memory';
import { guardName } from '../../shared/guard/failover/guard-name';
import { ok, secondsAgo } from '../support/builders';
import { aNamePolicy, aNameSnapshot, aRecord } from '../support/name-builders';

describe('a note that could not be taken off after a return', () => {
  const policy = aNamePolicy();
  const stepsWhen = (changedSecondsAgo: number | null) => {
    const name = aNameSnapshot(policy, {
      records: ok([
        aRecord('a', {
          isEnabled: false,
          remark: 'evenkeel:paused:www',
          updatedAt: changedSecondsAgo === null ? null : secondsAgo(changedSecondsAgo),
        }),
        aRecord('b'),
      ]),
      memory: {
        ...EMPTY_NAME_MEMORY,
        sites: { a: freshSite(secondsAgo(900)), b: freshSite(secondsAgo(900)) },
        written: [{ recordId: 'r-a-default', isEnabled: true, weight: null, at: secondsAgo(600) }],
      },
    });
    return guardName(decideName(name, policy), name, policy).steps.map(({ stepId }) => stepId);
  };

  it('does not undo the pause of a person who came after it', () => {
    expect(stepsWhen(60)).toEqual([]);
  });

  it('tells of ours while nothing shows that the record was touched since', () => {
    expect(stepsWhen(610)).toContain('enable/r-a-default');
    expect(stepsWhen(null)).toContain('enable/r-a-default');
  });
});
