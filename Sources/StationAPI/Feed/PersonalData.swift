/// Names of members that must not reach a station: it stores no data of persons, and no product names.
public enum PersonalData {
    /// Names in lower case, without `_`, `-`, `.` and spaces.
    private static let names: Set<String> = Set(
        """
        name names firstname lastname fullname givenname familyname middlename surname
        displayname nickname username title salutation customer customername customerid
        customeraccount customeraccountnumber recipient recipientname contact contactname
        consignee consigneename buyer buyername phone phonenumber telephone tel mobile
        mobilephone cell cellphone fax sms email emailaddress mail address shippingaddress
        billingaddress street streetaddress city zip zipcode postcode postalcode birthdate
        dateofbirth dob licenseplate loyaltycard loyaltycardnumber product productname
        itemname productdescription itemdescription
        """.split(whereSeparator: \.isWhitespace).map(String.init)
    )

    /// Endings that mark such a member whatever comes before, for example `customerMobilePhone`.
    private static let endings = [
        "email", "emailaddress", "phone", "phonenumber", "customername", "fullname",
    ]

    /// The normalised name if it is one for personal data.
    static func match(_ raw: JSONReader.RawString, in json: borrowing JSONReader) -> String? {
        guard let text = (try? json.text(raw)) ?? nil else { return nil }
        return match(text)
    }

    /// The normalised name if it is one for data of a person or the name of a product.
    public static func match(_ name: String) -> String? {
        let separators: Set<UInt8> = [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), 0x20]
        let normal = String(
            decoding: name.lowercased().utf8.filter { !separators.contains($0) },
            as: UTF8.self
        )
        if names.contains(normal) { return normal }
        return endings.first { normal.hasSuffix($0) }
    }
}
