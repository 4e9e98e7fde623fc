"""Names for the slots of the patterns, by kind, and the entity type of each kind.

Some names are in several lists on purpose (Jordan is a country, a forename and a brand). About 30% of the others are
reserved for the test split, so that it contains names that the tagger was not trained on.
"""

from __future__ import annotations

from zlib import crc32

TYPE_OF_KIND = {
    "first": "PER",
    "surname": "PER",
    "native_person": "PER",
    "city": "LOC",
    "country": "LOC",
    "region": "LOC",
    "place": "LOC",
    "river": "LOC",
    "native_city": "LOC",
    "company": "ORG",
    "native_company": "ORG",
    "bank": "ORG",
    "team": "ORG",
    "cityteam": "ORG",
    "agency": "ORG",
    "university": "ORG",
    "paper": "ORG",
    "band": "ORG",
    "restaurant": "ORG",
    "demonym": "MISC",
    "language": "MISC",
    "event": "MISC",
    "work": "MISC",
    "gadget": "PRODUCT",
    "car": "PRODUCT",
    "app": "PRODUCT",
    "ship": "PRODUCT",
}
TYPES = tuple(sorted(set(TYPE_OF_KIND.values())))


def _listed(names: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in names.split(","))


NAMES: dict[str, tuple[str, ...]] = {
    "first": _listed(
        """Aaliyah, Adaeze, Agnieszka, Aiko, Alma, Amina, Anders, Anton, April, Arjun, Astrid, Aurélie, Austin, Ayşe, Beatriz,
        Bill, Björn, Brooklyn, Camila, Carolina, Chad, Charlotte, Chelsea, Chidi, Chiara, Dag, Dakota, Dallas, Daria, Deepa,
        Dmitri, Eamon, Elif, Emeka, Enrique, Esther, Eun-ji, Ewa, Fadi, Farid, Fatou, Florence, Francesca, Frank, Freja,
        Georgia, Ginevra, Grace, Grant, Gustavo, Hana, Hassan, Heidi, Hiro, Hope, Houston, Hugo, Ifeoma, Ilse, India, Ingrid,
        Israel, Ivana, Jasper, Joana, Jonas, Jordan, José, June, Kaito, Kamala, Katarzyna, Kent, Khadija, Kofi, Lamar, Lars,
        Latisha, Laurence, Leila, Lincoln, Lorenzo, Lúcia, Madison, Magda, Malik, Mark, Mateo, May, Mehmet, Mei, Melody,
        Mercedes, Milan, Mireille, Nadia, Naomi, Ngozi, Niamh, Nikolai, Noor, Olga, Omar, Orlando, Oscar, Paloma, Paris,
        Patience, Penny, Phoenix, Pierre, Priya, Rafael, Rashid, Rose, Rosa, Ruth, Sakura, Salma, Santiago, Saoirse, Savannah,
        Sergei, Sienna, Søren, Summer, Svetlana, Sydney, Tamsin, Tariq, Thandiwe, Tomasz, Trinity, Tuấn, Ulrike, Umar,
        Valentina, Victoria, Viktor, Virginia, Wei, Will, Wren, Xavier, Ximena, Yara, Yuki, Yusuf, Zainab, Zeynep, Zoë, Zuzana"""
    ),
    "surname": _listed(
        """Abara, Adeyemi, Ahlström, Almeida, Amado, Andrássy, Aoki, Ashworth, Austin, Baker, Baptiste, Barros, Beck, Berger,
        Bianchi, Bosch, Bowen, Bălan, Cárdenas, Castellano, Chaudhry, Chester, Choi, Church, Cook, Costa, Crane, Czarnecki,
        D'Angelo, Dahl, Dallas, Danquah, de la Cruz, Delgado, Diallo, Dimitrov, Dyson, Eriksen, Eze, Farouk, Ferrari, Field,
        Fonseca, Ford, Forrester, França, Fujimoto, Gallagher, García, Gibson, Grant, Greenwood, Gupta, Haddad, Halloran,
        Hamilton, Hassan, Hill, Holloway, Horváth, Houston, Hussain, Ibarra, Ishikawa, Iyer, Jansen, Johansson, Jordan, Kapoor,
        Kaya, Keane, Kent, Khan, Kim, Kimani, Kingsley, Kowalczyk, Kruger, Lam, Lancaster, Larsen, Lee, Lim, Lincoln,
        Lindqvist, Lloyd, London, Lopes, Lund, MacLeod, Madison, Mahlangu, Marino, Marsh, Mbeki-Roth, Mensah, Mercado, Morgan,
        Moreau, Müller, Murray, Nakamura, Nguyen, Novak, Núñez, O'Brien, O'Sullivan, Oduya, Okafor, Okoye, Olsen, Ōta, Ozturk,
        Page, Park, Patel, Pereira, Petrov, Phillips, Philips, Price, Quigley, Rahman, Ramos, Reyes, Ricci, Rivers, Rossi, Roth,
        Sato, Schäfer, Sharp, Singer, Singh, Škoda, Sokolov, Stone, Sørensen, Sullivan, Suzuki, Takahashi, Tanaka, Tesla, Torres,
        Tran, Tucker, Uddin, Valdez, van der Berg, Vance, Varga, Vasquez, Voss, Walker, Wang, Washington, Watanabe, Wells, West,
        Whitaker, Winter, Wolf, Wójcik, Yamaguchi, Yıldız, York, Young, Zamora, Zhang, Zieliński"""
    ),
    "native_person": _listed(
        "山田 花子, 김 민준, Ольга Соколова, Γιώργος Παπάς, محمد الحسن, דנה לוי, 李 伟, अनिता शर्मा, Дмитрий Волков, 佐藤 健"
    ),
    "city": _listed(
        """Aberdeen, Accra, Alexandria, Amman, Antwerp, Arequipa, Athens, Austin, Baku, Bangalore, Bath, Beirut, Bergen, Bilbao,
        Birmingham, Bogotá, Boston, Brno, Buenos Aires, Busan, Cairo, Calgary, Cambridge, Cape Town, Casablanca, Charlotte,
        Chennai, Chester, Chicago, Cologne, Cork, Córdoba, Cusco, Da Nang, Dakar, Dallas, Darwin, Delhi, Detroit, Dortmund,
        Dublin, Dundee, Durban, Essen, Fès, Florence, Fukuoka, Galway, Gdańsk, Geneva, Genoa, Ghent, Glasgow, Göteborg,
        Granada, Graz, Guadalajara, Hamilton, Hanoi, Havana, Helsinki, Houston, Istanbul, İzmir, Jakarta, Jaipur, Kampala, Karachi,
        Kingston, Kraków, Kyoto, La Paz, Lagos, Lahore, Lancaster, Lausanne, Leeds, Leipzig, Lima, Limerick, Lincoln, Lisbon, Łódź,
        London, Lusaka, Lyon, Madison, Madrid, Málaga, Manaus, Manchester, Manila, Marrakesh, Marseille, Melbourne, Memphis,
        Mérida, Milan, Minsk, Mobile, Montréal, Mumbai, Nagoya, Nairobi, Naples, Nice, Odesa, Orlando, Osaka, Oslo, Ottawa, Oxford,
        Paris, Perth, Phoenix, Plovdiv, Porto, Prague, Quito, Reading, Recife, Reykjavík, Riga, Rome, Rotterdam, Salem, Salvador,
        Santiago, Santo Domingo, São Paulo, Savannah, Seattle, Seoul, Seville, Sheffield, Sibiu, Siena, Skopje, Sofia, Split,
        St. Gallen, Sydney, Tallinn, Tampere, Tashkent, Tbilisi, Timbuktu, Toledo, Toulouse, Tromsø, Tunis, Turin, Ulm, Utrecht,
        Valencia, Valparaíso, Verona, Victoria, Vilnius, Warsaw, Washington, Wellington, Worms, Wrocław, Xi'an, York, Zagreb, Zürich"""
    ),
    "country": _listed(
        """Albania, Algeria, Argentina, Armenia, Australia, Bhutan, Bolivia, Brazil, Cameroon, Canada, Chad, Chile, Colombia,
        Costa Rica, Croatia, Cuba, Cyprus, Denmark, Ecuador, Egypt, Estonia, Ethiopia, Fiji, Finland, Georgia, Ghana, Greece,
        Guatemala, Guinea-Bissau, Hungary, Iceland, India, Indonesia, Ireland, Israel, Ivory Coast, Jamaica, Jordan, Kazakhstan,
        Kenya, Laos, Latvia, Lebanon, Lesotho, Luxembourg, Madagascar, Mali, Malta, Mauritius, Mexico, Mongolia, Morocco,
        Namibia, Nepal, New Zealand, Niger, Norway, Oman, Panama, Papua New Guinea, Paraguay, Peru, Portugal, Romania, Rwanda,
        Senegal, Serbia, Slovakia, South Korea, Spain, Sri Lanka, Tanzania, Togo, Trinidad and Tobago, Tunisia, Turkey, Uganda,
        Uruguay, the United States, Uzbekistan, Vietnam, Zambia"""
    ),
    "region": _listed(
        """Alsace, Andalusia, Anatolia, Appalachia, Assam, Bavaria, Brittany, Burgundy, California, Carolina, Catalonia, Cornwall,
        Dakota, Dalmatia, the Algarve, the Amazon, the Balkans, the Basque Country, the Highlands, the Midlands, the Punjab,
        the Ruhr, the Sahel, Flanders, Galicia, Georgia, Gujarat, Hokkaido, Kent, Kerala, Lapland, Lombardy, Lorraine, Moravia,
        Northumbria, Nova Scotia, Ontario, Oaxaca, Patagonia, Pomerania, Provence, Puglia, Quebec, Queensland, Sardinia, Saxony,
        Schleswig-Holstein, Siberia, Sicily, Silesia, Sichuan, Tasmania, Texas, Transylvania, Tuscany, Tyrol, Ulster, Umbria,
        Valais, Victoria, Virginia, Wales, Washington, West Bengal, Western Australia, Yorkshire, Yucatán"""
    ),
    "place": _listed(
        """Abbey Road, Alexanderplatz, Ben Nevis, Brooklyn, Camden Market, Cape Horn, Castle Hill, Chelsea, Chester Road,
        Copacabana, Covent Garden, Easter Island, Elm Street, Gare du Nord, Gellért Hill, Ghost Lake, Harbour Bridge, Hyde Park,
        K2, Kilimanjaro, King's Cross, Lake Como, Lake Titicaca, Lake Victoria, Lincoln Park, Mont Blanc, Mount Fuji, Nyhavn,
        Park Güell, Paddington, Piazza Navona, Plaza Mayor, Point Nemo, Ponte Vecchio, Prospect Park, Queens, Rue de Rivoli,
        St. Mark's Square, Santa Monica, Shibuya, Skógafoss, Soho, Strawberry Field, Sugar Loaf, Table Mountain, Taksim Square,
        the Black Forest, the Bosporus, the Bronx, the Corner House, the Dead Sea, the Gobi, the Old Mill, the Ramblas,
        the Strait of Magellan, Temple Bar, Tower 9, Trafalgar Square, Vesuvius, Victoria Station, Waterloo, Waterloo Bridge,
        West Pier, Žižkov"""
    ),
    "river": _listed(
        """Amazon, Danube, Elbe, Euphrates, Ganges, Garonne, Indus, Jordan, Mekong, Mersey, Niger, Nile, Oder, Orange, Orinoco, Po,
        Rhine, Rio Grande, Severn, Shannon, Tagus, Thames, Tiber, Vistula, Volga, Yangtze, Zambezi"""
    ),
    "native_city": _listed("東京, 大阪, 서울, Москва, Αθήνα, القاهرة, ירושלים, 北京, Київ, दिल्ली"),
    "company": _listed(
        """Aldermoor & Finch, Allianz, Amazon, Apple, Arctis Seafoods, Austin & Daughters, Baidu, BASF, Bayer, Bluebird Ferries,
        BMW, Boeing, Boots, Bosch, Brightwater Energy, British Airways, Canon, Carrefour, Castor Optics, Chase, Cisco,
        Copper Kettle Foods, Corvina S.p.A., Danone, Delta, DHL, Dunmore Tea Co., Dyson, Embraer, Ericsson, Ferrari, Fjordline,
        Ford, Gap, General Electric, Ghorba Textiles, Golden Hen Poultry, H&M, Haldane Pumps, Hewlett-Packard, Hitachi, Honda,
        Hyundai, IKEA, Infosys, Jordan, Kestrel Robotics, Kirin, KLM, Lego, Lincoln, Lindqvist Shipping, Lloyd's of London, L'Oréal,
        Lufthansa, Lumen & Vale, Maersk, Marks & Spencer, Mercedes, Meta, Michelin, Mitsubishi Heavy Industries, Moonpath Studios,
        Morgan & Hale, Muji, Nestlé, Next, Nikon, Nokia, Northgate Rail, Novartis, Oracle, Orange, Orchid Mobile, Paloma Air,
        Panasonic, Petrobras, Philips, Porsche, Qantas, Quayside Books, Renault, Ryanair, Samsung, Santander, SAP, Shell, Siemens,
        Škoda, Sony, Spotify, Starbucks, Subway, Swisscom, Target, Tata Steel, Tesco, Tesla, Thornbury Glass, Toyota, Uber, Unilever,
        Vale, Vestas, Visa, Vodafone, Volvo, Washington Gas, Wells Dairy, Yara, York & Stone, Zalando, Zara, Zephyr Cycles"""
    ),
    "native_company": _listed("株式会社 さくら, 東海 電機, 한빛 전자, ООО Север, شركة النيل, 小熊 科技, Ελλάς Πλοία"),
    "bank": _listed(
        """Bank of America, Bank of Scotland, Banco do Brasil, Barclays, Chase, Commonwealth Bank, Crédit Lyonnais, Deutsche Bank,
        First National Bank of Omaha, Handelsbanken, HSBC, ING, Lloyds, Mizuho, Morgan Stanley, Rabobank, Santander,
        Standard Chartered, State Bank of India, UniCredit, Wells Fargo, Zürcher Kantonalbank"""
    ),
    "team": _listed(
        """AC Milan, Ajax, Al Ahly, Arsenal, Aston Villa, Atlético Madrid, Bayern Munich, Boca Juniors, Borussia Dortmund,
        Boston Celtics, Brooklyn Nets, Celtic, Charlotte Hornets, Chelsea, Chicago Bulls, Club América, Corinthians,
        Dallas Cowboys, Deportivo Cali, Everton, Fenerbahçe, Feyenoord, Fluminense, Fulham, Galatasaray, Houston Astros, Inter,
        Juventus, Kaizer Chiefs, Leeds United, Lincoln City, Manchester City, Manchester United, Melbourne Victory, Napoli,
        Newcastle, Olympique Lyonnais, Orlando Magic, Orlando Pirates, Paris Saint-Germain, Phoenix Suns, Porto, PSV, Rangers,
        Real Madrid, Real Sociedad, River Plate, Roma, Santos, São Paulo, Seattle Storm, Sheffield Wednesday, Sporting,
        Sydney Swans, Toronto Raptors, Tottenham Hotspur, Urawa Red Diamonds, Utah Jazz, Valencia, Vancouver Canucks,
        Washington Wizards, Wellington Phoenix, West Ham, Wolves, York City, Young Boys"""
    ),
    "cityteam": _listed(
        """Barcelona, Bilbao, Birmingham, Boston, Chelsea, Chicago, Cologne, Dallas, Detroit, Dortmund, Everton, Florence, Genoa,
        Houston, Leeds, Leipzig, Lens, Lille, Liverpool, Lyon, Madrid, Manchester, Marseille, Milan, Monaco, Montréal, Naples,
        Nice, Orlando, Paris, Phoenix, Porto, Reading, Roma, Santos, Seattle, Sevilla, Sheffield, Southampton, Toronto, Turin,
        Valencia, Verona, Washington, York"""
    ),
    "agency": _listed(
        """the African Union, Amnesty International, the Arab League, the Bundestag, Congress, the Court of Justice,
        Doctors Without Borders, the Environment Agency, the European Central Bank, the European Commission, the
        European Union, FIFA, the Food Standards Agency, Greenpeace, the Home Office, the International Monetary Fund,
        Interpol, the Kremlin, the League of Small Islands, the Met Office, the Ministry of Tea, NASA, the National
        Trust, NATO, the Nobel Foundation, the Office for National Statistics, the Pentagon, the Red Crescent, the Red
        Cross, the Royal Navy, the Royal Society, the Senate, the Smithsonian, the State Department, the Supreme
        Court, the UN, Unesco, Unicef, the United Nations, University Hospital, the White House, the WHO, the World
        Bank, the World Health Organization, the World Trade Organization, the WWF"""
    ),
    "university": _listed(
        """Aalto University, Boston College, Cairo University, Cambridge, Charles University, Delft University of
        Technology, ETH Zürich, Georgia Tech, Harvard, Imperial College London, Jagiellonian University, King's
        College, Kyoto University, Lund University, Makerere University, McGill, MIT, the National University of
        Singapore, Oxford, Queen's University Belfast, the Sorbonne, Stanford, the Technical University of Munich,
        Trinity College, Trinity College Dublin, Tsinghua University, Universidad de Chile, University College London,
        the University of Buenos Aires, the University of California, the University of Cape Town, the University of
        Chicago, the University of Ghana, the University of Lagos, the University of North Carolina at Chapel Hill,
        the University of Sydney, the University of Texas at Austin, the University of Victoria, Uppsala, Virginia
        Tech, Washington State, Yale, York University"""
    ),
    "paper": _listed(
        """Al-Ahram, the Asahi Shimbun, the Boston Globe, Clarín, Corriere della Sera, the Daily Mail, the Daily Nation,
        Der Spiegel, El País, the Financial Times, Folha de S.Paulo, Gazeta Wyborcza, Haaretz, the Harbour Gazette,
        Helsingin Sanomat, the Irish Times, La Stampa, Le Monde, the Lincoln Echo, the Miami Herald, Nature, the Neue
        Zürcher Zeitung, the New York Times, Reuters, the Süddeutsche Zeitung, the Sydney Morning Herald, The
        Economist, The Guardian, The Herald, The Hindu, The Independent, The Sun, The Times, Time, the Wall Street
        Journal, the Washington Post"""
    ),
    "band": _listed(
        """Abide & Sons, Asia, Berlin, Black Harbour, Boston, Chicago, Copper Moths, Europe, Fabulous Beasts, Florence, Foals,
        Glass Animals, Kansas, Los Ladrillos, Moonlight Tax, Muse, Orchestra Baobab, Phoenix, Quiet Tuesday, Santiago Express, Sigur Rós,
        Suede, Texas, The Cardigans, The Great Outdoors, The Wet Umbrellas, Tokyo Hotel, Travis, Utopia, Zoë and the Owls"""
    ),
    "restaurant": _listed(
        """Alma, Bar Lisboa, Bella Napoli, Blue Lagoon, Café de Paris, Casa Lúcia, Chez Mireille, Dragon Palace, El Toro, Everest,
        Florence, Golden Lotus, Istanbul Grill, Kaya's, La Paloma, Little India, Mama Rose, Nonna Chiara, Olive & Thyme, Paprika,
        Pho Saigon, Roma, Santiago's, Sapporo House, Taj Mahal, The Drunken Duck, The Salt House, Trattoria Sicilia, Victoria, Zum Adler"""
    ),
    "demonym": _listed(
        """African, American, Argentine, Asian, Australian, Austrian, Bavarian, Belgian, Bengali, Brazilian, British, Bulgarian,
        Catalan, Chilean, Chinese, Colombian, Cornish, Croatian, Cuban, Danish, Dutch, Egyptian, Ethiopian, Finnish, French,
        Georgian, German, Ghanaian, Greek, Hungarian, Icelandic, Indian, Iranian, Irish, Italian, Jamaican, Japanese, Jordanian,
        Kenyan, Korean, Kurdish, Lebanese, Maltese, Maori, Mexican, Moroccan, Nepalese, Nigerian, Norwegian, Parisian, Persian,
        Peruvian, Polish, Portuguese, Roman, Russian, Scottish, Serbian, Sicilian, Slovak, South African, Spanish, Swedish, Swiss,
        Syrian, Texan, Thai, Turkish, Ukrainian, Venetian, Vietnamese, Welsh, Zulu"""
    ),
    "language": _listed(
        """Afrikaans, Amharic, Arabic, Basque, Breton, Catalan, Czech, Danish, Dutch, English, Esperanto, Faroese, Finnish, French,
        Galician, German, Greek, Hausa, Hebrew, Hindi, Icelandic, Igbo, Irish, Italian, Japanese, Kannada, Korean, Latin, Latvian,
        Malayalam, Maltese, Mandarin, Maori, Nahuatl, Norwegian, Occitan, Old Norse, Polish, Portuguese, Quechua, Romansh, Russian,
        Sami, Spanish, Swahili, Swedish, Tagalog, Tamil, Turkish, Ukrainian, Urdu, Welsh, Wolof, Xhosa, Yiddish, Yoruba"""
    ),
    "event": _listed(
        """the Africa Cup of Nations, the Ashes, the Asian Games, the Australian Open, the Berlinale, the Boston
        Marathon, Burning Man, the Cannes Film Festival, Carnival, the Champions League, the Copa América, the
        Commonwealth Games, the Davis Cup, the Edinburgh Fringe, Eurovision, the FA Cup, the Giro d'Italia,
        Glastonbury, the Grammys, the Grand Prix of Monaco, the Hay Festival, the Kentucky Derby, the Lincoln Book
        Fair, the Mercury Prize, the Moth Festival, the Nations League, Oktoberfest, the Olympics, the Oscars, the Pan
        American Games, Paris Fashion Week, Riga Song Days, the Ryder Cup, the Six Nations, Sundance, the Super Bowl,
        the Sydney Biennale, the Tour de France, the US Open, the Venice Biennale, the Vendée Globe, Web Summit,
        Wimbledon, the Winter Olympics, the World Cup, the World Water Forum"""
    ),
    "work": _listed(
        """A Ladder for Mr Sato, A Short History of Rain, Adelaide, All the Bells of Łódź, Amsterdam, An Umbrella in May, April,
        Aurora, Before the Ferry, Brooklyn, Buttermilk, Casablanca, Chicago, Dear Astrid, Delta Blues, Eleven Spoons, Everything but the Goat,
        Fargo, Florence at Noon, Four Seasons of Dust, Georgia on a Bicycle, Ghost Orchard, Hamilton, Hope and Other Debts,
        How to Leave Lisbon, In the Garden of Dr Voss, Jordan's Daughter, Kamchatka, Lincoln, Low Tide, Madame Zoë, Manchester by Night,
        Minor Planets, Mr Novak Regrets, My Year as a Lighthouse, No Trains to Trieste, Nobody's Kangaroo, Oblomov's Sofa, Only the Postman,
        Orange, Paris in Reverse, Penny, Roma, Sand, Santiago, Sister Winter, Snow on the Tagus, Sydney Was Warmer, The Accountant's Wedding,
        The Amazon Notebooks, The Last Herring, The Left-Handed Queen, The Mapmaker of Fès, The Owl, The Salt Tax, The Widow of Valparaíso,
        Thirteen Clocks, Toast, Two Halves of Tuesday, Virginia, Washington Square, What the Eel Knew, When Penny Sang, Zero Degrees"""
    ),
    "gadget": _listed(
        """Aeron 2, Alexa, AirPods, Apple Watch, BlackBerry, Canon EOS R6, Castor Mini, ThinkPad, Dyson V11, Echo, Echo Dot,
        Fitbit, Galaxy S21, Galaxy Watch, Game Boy, Garmin Fenix, GoPro, iMac, iPad, iPhone, iPhone 12, Kestrel One, Kindle,
        Lumen Lamp, MacBook Air, Nest, Nikon Z6, Nintendo Switch, Nokia 3310, Orchid X4, Paperwhite, Philips Sonicare, Pixel,
        Pixel 7, PlayStation, PlayStation 5, Polaroid, Raspberry Pi, Ring, Roomba, Sonos One, Surface Pro, Thermomix, Tolino,
        Vitamix, Walkman, Wii, Xbox, Xperia, Zephyr E-Bike"""
    ),
    "car": _listed(
        """Beetle, BMW X5, Cadillac, Cayenne, Civic, Clio, Corolla, Corsa, Dacia Sandero, Defender, Fiat 500, Fiesta, Focus, Ford, Golf, Honda
        Jazz, Lincoln, Mercedes, Micra, Mini, Model 3, Model Y, Mustang, Octavia, Panda, Passat, Polo, Porsche 911, Prius, Renault Zoe,
        Saab 900, Santa Fe, Seat Ibiza, Sienna, Škoda, Tesla, Toledo, Toyota Hilux, Trabant, Twingo, Vespa, Volvo, Wrangler, Yaris"""
    ),
    "app": _listed(
        """Alexa, Android, Chrome, Discord, Dropbox, Duolingo, Excel, Facebook, Firefox, Gmail, Google Maps, Instagram, iTunes, Linux, Notion,
        Outlook, Photoshop, PowerPoint, Safari, Shazam, Signal, Siri, Skype, Slack, Snapchat, Spotify, Strava, Teams, Telegram, Threema,
        TikTok, Tinder, Twitter, Waze, WhatsApp, Windows, Word, YouTube, Zoom"""
    ),
    "ship": _listed(
        """Aurora, Charlotte, Esperanza, Georgia, Grace, Hope, Lady Ingrid, Lincoln, MS Paloma, Northern Light, Orlando, Queen Mary 2,
        Santa Lúcia, Søren Dahl, Victoria, Virginia, Zephyr"""
    ),
}

NAMES_IN_PATTERNS = frozenset(
    {"Real Madrid", "Atlético Madrid", "Bank of America", "Bank of England", "University of Texas at Austin", "Will"}
)
"""Names that occur in the text of patterns, and therefore in both splits."""

_TYPES_OF_NAME: dict[str, set[str]] = {}
for _kind, _names in NAMES.items():
    for _name in _names:
        _TYPES_OF_NAME.setdefault(_name.removeprefix("the "), set()).add(TYPE_OF_KIND[_kind])

AMBIGUOUS = frozenset(name for name, types in _TYPES_OF_NAME.items() if len(types) > 1)
"""Names of more than one type."""


def is_unseen(name: str) -> bool:
    """Whether a name is reserved for the test split: a fixed 30% of the names that have only one type."""
    name = name.removeprefix("the ")
    return name not in AMBIGUOUS | NAMES_IN_PATTERNS and crc32(name.encode()) % 10 < 3
