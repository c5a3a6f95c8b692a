/** The content organisation whose click tokens are verified here, and to which commissions are owed. */
export const contentOrganisation = "storefront";
