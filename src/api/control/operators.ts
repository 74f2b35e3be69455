/** API operators of sandbox organisations, their roles and passwords. */
import { Type } from "typebox";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import {
  ApiOperatorExists,
  ApiOperatorNotFound,
  OrganisationNotFound,
  PasswordUsedBefore,
  operatorPasswordPattern,
} from "../../organisations/api-operators.ts";
import {
  apiOperatorRoles,
  apiOperatorStatuses,
  settableStatuses,
  type ApiOperatorRow,
} from "../../store/main/api-operators.ts";
import { ApiError } from "../api-error.ts";
import { timestamp, username } from "./fields.ts";
import { defineRoute } from "./route.ts";

const roles = Type.Array(stringEnum(apiOperatorRoles), {
  uniqueItems: true,
  maxItems: apiOperatorRoles.length,
  description: `What the operator may do: ${apiOperatorRoles.map((role) => `\`${role}\``).join(", ")}.`,
});

const status = stringEnum(apiOperatorStatuses, {
  description:
    "`active`, `suspended` or `locked`. A suspended operator may do nothing. Three wrong passwords in a row lock an operator.",
});

const newStatus = stringEnum(settableStatuses, {
  description: "`active`, which also unlocks the operator, or `suspended`.",
});

const newPassword = Type.String({
  pattern: operatorPasswordPattern,
  description: "The password: 8 to 100 printable ASCII characters. Without it, one is generated.",
});

const operatorFields = {
  username,
  roles,
  status,
  passwordSetAt: timestamp,
};

const operatorResponse = object(operatorFields);

const operatorWithPassword = object({
  ...operatorFields,
  password: nullable(
    Type.String({
      description:
        "The generated password, which is not shown again. Null if the request contained the password.",
      examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
    }),
  ),
});

const noSuchOrganisation = "No organisation in this market has this shortcode.";
const noSuchOperator = "No organisation in this market has this shortcode, or it has no such operator.";

export const operatorRoutes = [
  defineRoute({
    method: "GET",
    path: "/markets/{market}/organisations/{shortcode}/operators",
    summary:
      "Lists an organisation's API operators: the people and programs that act for it through its own API.",
    status: 200,
    response: object({ operators: Type.Array(operatorResponse) }),
    errors: { 404: noSuchOrganisation },
    handle: ({ params }, { operators }) =>
      withControlErrors(async () => ({ operators: (await operators.list(params)).map(toResponse) })),
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/organisations/{shortcode}/operators",
    summary:
      "Registers an API operator of an organisation. A password that is not in the request is generated and returned, and not shown again.",
    body: object({ username, roles }, { password: newPassword }),
    status: 201,
    response: operatorWithPassword,
    errors: { 404: noSuchOrganisation, 409: "The organisation already has an operator with this username." },
    handle: ({ params, body }, { operators }) =>
      withControlErrors(async () => {
        const password = await operators.create(params, { ...body, password: body.password ?? null });
        return { ...toResponse(await operators.get(params, body.username)), password };
      }),
  }),

  defineRoute({
    method: "PATCH",
    path: "/markets/{market}/organisations/{shortcode}/operators/{username}",
    summary: "Changes the roles of an API operator, suspends it, or activates or unlocks it.",
    body: object({}, { roles, status: newStatus }),
    status: 200,
    response: operatorResponse,
    errors: { 404: noSuchOperator },
    handle: ({ params: { username: name, ...organisation }, body }, { operators }) =>
      withControlErrors(async () => {
        await operators.change(organisation, name, body);
        return toResponse(await operators.get(organisation, name));
      }),
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/organisations/{shortcode}/operators/{username}/password",
    summary:
      "Renews the password of an API operator; the old one becomes invalid. A password that is not in the request is generated and returned, and not shown again.",
    body: object({}, { password: newPassword }),
    status: 201,
    response: operatorWithPassword,
    errors: { 404: noSuchOperator, 409: "The operator has or had this password." },
    handle: ({ params: { username: name, ...organisation }, body }, { operators }) =>
      withControlErrors(async () => {
        const password = await operators.renewPassword(organisation, name, body.password ?? null);
        return { ...toResponse(await operators.get(organisation, name)), password };
      }),
  }),
] as const;

async function withControlErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OrganisationNotFound) throw new ApiError(404, noSuchOrganisation);
    if (error instanceof ApiOperatorNotFound) throw new ApiError(404, error.message);
    if (error instanceof ApiOperatorExists || error instanceof PasswordUsedBefore)
      throw new ApiError(409, error.message);
    throw error;
  }
}

function toResponse(row: ApiOperatorRow) {
  return {
    username: row.username,
    roles: [...row.roles],
    status: row.status,
    passwordSetAt: row.passwordSetAt.toISOString(),
  };
}
