/** The organisation query: the name of a paybill or till. */
import { enumeration, shortcode } from "../fields.ts";
import { defineDarajaOperation, type CallReply, type DarajaCall } from "../operation.ts";

const paybillKinds: ReadonlySet<string> = new Set(["paybill", "b2c", "head_office", "agency"]);
const receivedText = "Request received successfully";

export const organisationQuery = defineDarajaOperation({
  name: "organisationQuery",
  product: "darajaOrganisation",
  title: "Organisation query",
  description: "Returns the name of a paybill or a till. An unknown one has the ResponseCode 1 and no name.",
  family: "organisation",
  path: "/sfcverify/v1/query/info",
  fields: {
    IdentifierType: enumeration({
      description: "`4` for a paybill, `2` for a till.",
      example: "4",
      values: ["4", "2"],
    }),
    Identifier: shortcode({ description: "The paybill or till.", example: "600996" }),
  },
  organisation: "Identifier",
  results: {},
  response: {
    ConversationID: {
      description: "The request's id on the platform.",
      example: "AG_20260928_0100101002hi3i67m6ml",
    },
    ResponseCode: { description: "4000 for a success, 1 for an unknown organisation.", example: "4000" },
    ResponseMessage: { description: "The text of the code.", example: "Success" },
    DetailedMessage: { description: "A text for people.", example: receivedText },
    OrganizationShortCode: { description: "The paybill or till.", example: "600996" },
    OrganizationName: { description: "Its name.", example: "Safari Traders" },
    ChargeProfileID: { description: "Its tariff.", example: "20013" },
  },
  notifications: {},

  async handle(call) {
    const { IdentifierType, Identifier } = call.values;
    const organisation = await call.organisations.find(Identifier);
    const isKnown =
      organisation !== undefined && paybillKinds.has(organisation.kind) === (IdentifierType === "4");
    return isKnown ? describeOrganisation(call, Identifier, organisation.name) : describeUnknown(call);
  },
});

const chargeProfile = "20013";

const describeOrganisation = (
  { id, identifiers }: Pick<DarajaCall, "id" | "identifiers">,
  code: string,
  name: string,
): CallReply => ({
  body: {
    ConversationID: identifiers.conversationId(id),
    ResponseCode: "4000",
    ResponseMessage: "Success",
    DetailedMessage: receivedText,
    OrganizationShortCode: code,
    OrganizationName: name,
    ChargeProfileID: chargeProfile,
  },
  code: "4000",
  reason: "The organisation exists.",
});

const describeUnknown = ({ id, identifiers }: Pick<DarajaCall, "id" | "identifiers">): CallReply => ({
  body: {
    ConversationID: identifiers.conversationId(id),
    ResponseCode: "1",
    ResponseMessage: "Failed",
    DetailedMessage: receivedText,
  },
  code: "1",
  reason: "No organisation of this kind has this shortcode.",
});
