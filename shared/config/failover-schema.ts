import { z } from 'zod';
import { type NamePolicy } from '../domain/failover/name-policy';
import { type FailoverSettings } from './fleet-policy';
import { rotatingSecret } from './fleet-schema';
import { nameText, regionText } from './identifiers';
import { namePolicyOf, nameSchema } from './name-schema';

const outsideVoter = z
  .strictObject({
    name: nameText().meta({ description: 'Name of the voter, unique in the list.' }),
    secret: rotatingSecret(
      'Environment variable that holds the secret which signs its verdicts.',
    ).meta({ description: 'The secret that this voter alone shares with the home region.' }),
  })
  .meta({ description: 'Somebody outside the cloud who may vote on sites.' });

const section = z.strictObject({
  home: regionText().meta({
    description:
      'Region in which names are looked after, with their store and the locks; it serves none of them.',
  }),
  approvalSecret: rotatingSecret(
    'Environment variable that holds the secret which signs approvals.',
  )
    .nullable()
    .prefault(null)
    .meta({
      description: 'The secret of approvals; null: nothing can be approved.',
      why: 'whoever may approve is a decision',
    }),
  outsideVoters: z
    .array(outsideVoter, { error: 'must be a list of voters' })
    .max(10, { error: 'must have at most 10 voters' })
    .prefault([])
    .meta({
      description:
        'Voters outside the cloud; their signed verdicts count like those of one more vantage each.',
      why: 'nobody knows whom you trust; without one all vantages stand in one cloud',
    }),
  names: z
    .array(nameSchema, { error: 'must be a list of names' })
    .min(1, { error: 'must have at least one name' })
    .max(100, { error: 'must have at most 100 names' })
    .meta({ description: 'The public names to look after.' }),
});

const settingsOf = (written: z.output<typeof section>): FailoverSettings => ({
  homeRegionId: written.home,
  approvalSecret: written.approvalSecret,
  outsideVoters: written.outsideVoters,
});

const namesOf = ({ home, outsideVoters, names }: z.output<typeof section>): readonly NamePolicy[] =>
  names.map((one) =>
    namePolicyOf(one, {
      homeRegionId: home,
      voterNames: outsideVoters.map(({ name }) => name),
    }),
  );

/** The `failover` section: null while no name fails over between regions. */
export const failoverSchema = section
  .transform((written) => ({ settings: settingsOf(written), names: namesOf(written) }))
  .nullable()
  .prefault(null)
  .meta({
    description: 'Public names that fail over between regions by DNS; null: none.',
    why: 'moving users between regions is a decision',
  });
