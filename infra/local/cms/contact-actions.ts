import { type Action, type Parameters } from '../contracts';
import { clampedNumber, listOf, pageByNumber, requiredText } from '../request-parameters';
import { notFound, SUCCESS } from './cms-errors';
import { type CmsModel } from './cms-model';

const putGroup = ({ contactGroups, contacts }: CmsModel, parameters: Parameters): object => {
  const name = requiredText(parameters, 'ContactGroupName');
  const wanted = listOf(parameters, 'ContactNames');
  const missing = wanted.find((contact) => !contacts.has(contact));
  if (missing !== undefined) throw notFound(`The contact ${missing} does not exist.`);
  contactGroups.set(name, {
    name,
    description: parameters['Describe'] ?? '',
    contacts: wanted,
  });
  return SUCCESS;
};

const describeGroups = ({ contactGroups }: CmsModel, parameters: Parameters): object => {
  const found = [...contactGroups.values()];
  const number = clampedNumber(parameters, 'PageNumber', { fallback: 1, min: 1, max: 100_000 });
  const size = clampedNumber(parameters, 'PageSize', { fallback: 100, min: 1, max: 100 });
  const rows = pageByNumber(found, number, size).map(({ name, description, contacts }) => ({
    Name: name,
    Describe: description,
    Contacts: { Contact: contacts },
    EnableSubscribed: true,
  }));
  return {
    ...SUCCESS,
    Total: found.length,
    ContactGroups: { ContactGroup: rows.map(({ Name }) => Name) },
    ContactGroupList: { ContactGroup: rows },
  };
};

const deleteGroup = ({ contactGroups }: CmsModel, parameters: Parameters): object => {
  const name = requiredText(parameters, 'ContactGroupName');
  if (!contactGroups.delete(name)) throw notFound(`The contact group ${name} does not exist.`);
  return SUCCESS;
};

const describeContacts = ({ contacts }: CmsModel, parameters: Parameters): object => {
  const wanted = parameters['ContactName'];
  const found = [...contacts].filter((name) => wanted === undefined || name === wanted);
  return {
    ...SUCCESS,
    Total: found.length,
    Contacts: { Contact: found.map((Name) => ({ Name, Desc: Name })) },
  };
};

/** Contacts confirm their mail or telephone themselves, so that there is no action that makes one here. */
export const contactActions = (model: CmsModel): Readonly<Record<string, Action>> => ({
  PutContactGroup: (parameters) => putGroup(model, parameters),
  DescribeContactGroupList: (parameters) => describeGroups(model, parameters),
  DeleteContactGroup: (parameters) => deleteGroup(model, parameters),
  DescribeContactList: (parameters) => describeContacts(model, parameters),
});
