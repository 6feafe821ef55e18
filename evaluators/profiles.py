"""What tells languages apart: writing systems, letters, and the small words of each language.

The lists hold words that make up a third to a half of any text of the language: articles,
pronouns, prepositions, conjunctions, auxiliaries, particles, and what people say in talk. They
are written for this package.
"""

__all__ = ["LETTERS", "SCRIPTS", "WORDS"]

SCRIPTS = {
    "ARABIC": "ar fa ur ps ckb ug sd ku pa ms",
    "ARMENIAN": "hy",
    "BENGALI": "bn as",
    "CHINESE": "zh yue ko",
    "CYRILLIC": "ru uk bg sr mk be kk ky mn tg tt uz az",
    "DEVANAGARI": "hi mr ne sa",
    "ETHIOPIC": "am ti",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he yi",
    "JAPANESE": "ja",
    "KANNADA": "kn",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
    "TIBETAN": "bo",
}
"""Languages by writing system, as Unicode names its letters; all others are in Latin."""

LETTERS = {
    "de": "äöüß",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíñóúü",
    "pt": "áâãàçéêíóôõúü",
    "it": "àèéìòóù",
    "nl": "éëïöü",
    "sv": "åäöé",
    "da": "æøåé",
    "nb": "æøåéòô",
    "fi": "äöå",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "hu": "áéíóöőúüű",
    "ro": "ăâîșțşţ",
    "tr": "çğıöşüâîû",
    "vi": "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
    "ca": "àçèéíïòóúü",
    "hr": "čćđšž",
    "sl": "čšž",
    "et": "äõöüšž",
    "lv": "āčēģīķļņšūž",
    "lt": "ąčęėįšųūž",
    "sq": "çë",
    "is": "áæðéíóöþúý",
    "tl": "ñ",
    "id": "é",
    "en": "éï",
    "uk": "ієїґ",
    "ru": "ыэёъ",
    "bg": "ъ",
    "be": "іўыэё",
    "sr": "ђјљњћџ",
    "mk": "ѓѕјљњќџ",
}
"""Letters beyond the plain ones of its script that each language writes."""

WORDS = {
    "en": """the of and to in is that it was for on are with as his they at be this from have or had
        by but not what all were we when your can said there an each which she do how their if will
        up about out many then them these so some her would make like him into has look two more go
        see no could my than been who its now did get come you me i am don t m s just very should
        why where because please thank thanks yes any only also over here our us being does such
        need want know help sorry ll re ve d im""",
    "de": """der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch
        es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so
        zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei ich du wir ihr mir
        mich dir dich uns euch ihnen mein dein kein keine wenn dann da hier was wer wo warum kann
        können muss soll will möchte ja nein bitte danke schon sehr doch mal gut jetzt habe bin hast
        bist ihre""",
    "fr": """de la le et les des en un une du est que qui dans il au ce pour pas sur par plus avec
        se sa son ne sont elle vous nous je tu on mais ou où si leur tout cette ces ses aux être
        avoir fait comme même aussi bien sans peut deux était ont été moi lui y après très quand
        donc j ai c qu n d l votre vos mon ma mes notre suis êtes avez merci oui non quoi quel
        quelle parce alors ici s t m""",
    "es": """de la que el en y a los se del las un por con no una su para es al lo como más o pero
        sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue había era
        muy hasta desde está mi porque qué sólo han yo hay vez puede todos así nos ni parte tiene él
        uno donde bien tiempo mismo ese ahora e otro después te otros aunque esa eso hace gracias
        usted estoy tengo quiero necesito sí cómo aquí pues hola favor""",
    "pt": """de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao
        ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela
        entre era depois sem mesmo aos ter seus quem nas me esse eles estão você tinha foram essa
        num nem suas meu às minha têm numa pelos elas havia seja qual será nós tenho lhe deles essas
        este fosse obrigado obrigada sim então aqui bem porque estou quero""",
    "it": """di e il la che è in a per un del non sono una i con si da le della al ha gli come dei
        nel alla più anche se lo ma delle o ci questo dal mi suo su era ho sua stato quando ti
        perché nella essere degli questa fatto hanno dalla cosa ai fra molto tutto due chi dopo
        sulla tutti cui senza c loro io tu lei lui noi voi mio tuo grazie prego sì no così ancora
        già qui dove fare può sia l altra dell d all nell""",
    "nl": """de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij of
        uit nog naar heeft hij ze wordt door over zich hebben was worden tot je deze wat kan geen
        wel zo meer dit had die hun haar ik mijn u uw we wij jij jullie zij me mij hem ons onze moet
        kunnen zou zal waar wie hoe waarom want omdat dus nu al heb ben bent ja nee dank graag goed
        heel iets niets veel t""",
    "sv": """och i att det som en på är av för med den till inte har de ett om han men var jag sig
        från vi så kan när man skulle sin efter eller vid hade nu där hon också ut bara vara mycket
        få allt då vad än alla blev över här detta två utan ska något vill mig dig du ni oss er min
        din mitt ditt hans hennes varför hur ja nej tack mer sedan mellan någon måste gör får blir
        """,
    "da": """og i at det som en på er af for med den til ikke har de et om han men var jeg sig fra
        vi så kan når man skulle sin efter eller ved havde nu der hun også ud kun være meget få alt
        da hvad end alle blev over her dette to uden skal noget vil mig dig du os min din mit dit
        hans hendes hvorfor hvordan ja nej tak mere siden mellem nogen må gør får bliver hvor hvis
        """,
    "nb": """og i å det som en på er av for med den til ikke har de et om han men var jeg seg fra vi
        så kan når man skulle sin etter eller ved hadde nå der hun også ut bare være mye få alt da
        hva enn alle ble over her dette to uten skal noe vil meg deg du oss min din mitt ditt hans
        hennes hvorfor hvordan ja nei takk mer siden mellom noen må gjør får blir hvor hvis ei""",
    "fi": """ja on ei se että oli hän mutta ovat kun niin myös tai kuin joka mitä minä sinä me te he
        olen olet olemme olette jos vain nyt sen hänen minun sinun tämä nämä joita jotka koska siitä
        siinä mukaan kanssa jälkeen ennen vielä jo kaikki hyvin voi olla ollut en et emme kiitos
        kyllä miten missä miksi kuka mikä tässä tämän sitä minulla sinulla noin sekä eli vuonna siis
        sitten oma omaa hyvä paljon voit voin voisi haluan pitää täytyy tulee tuli saa sai joten
        vaikka kunnes myöskin enää aina koskaan ehkä minut sinut meidän teidän heidän häntä häneen
        heitä tästä tähän tuo nuo noita niitä niiden näiden näitä ole oltu olisi eivät eikä jotta
        siksi silloin kuten välillä aikana vastaan vuoden vuotta ensimmäinen yksi kaksi kolme uusi
        suuri""",
    "pl": """i w na z się nie do to że jest o jak co za od po ale czy tak przez dla jego są już tym
        być tylko jej ich może był była było oraz lub ma ten ta te tego tej który która które przed
        bez pod nad przy gdy kiedy jeśli ja ty on ona my wy oni mnie mi cię ci go mu nam was mój
        moja proszę dziękuję jestem mam chcę dlaczego gdzie bardzo też tu tam więc nic ze także
        gdyby ponieważ dlatego swój swoją swoje swojego którego których byli będą będę muszę trzeba
        dobrze dziś teraz tutaj więcej mniej wiele jeden jedna dwa trzy rok roku pierwszy nowy
        wielki około przeciw podczas ani no czyli jednak a bo aby żeby choć został została jeszcze
        wszystko""",
    "cs": """a v se na je že s z do o i to k ve pro za by jsem jsou jako po ale od při tak jeho
        který která které byl byla bylo nebo si u co už jen může být mezi podle před jejich až aby
        také má tím této není když však ještě tedy kde proč jak já ty on ona my vy oni mě mi ti mu
        nás vám děkuji prosím ano ne jste jsi můj tento tato toto bude mám chci kdyby protože proto
        svůj svou své svého kterého kterých byli budou budu musím třeba dobře dnes teď zde tu tam
        více méně mnoho jeden jedna dva tři rok roce první nový velký kolem proti přes během ani no
        či ze jsme zda což""",
    "sk": """a v sa na je že s z do o aj to k vo pre za by som sú ako po ale od pri tak jeho ktorý
        ktorá ktoré bol bola bolo alebo si u čo už len môže byť medzi podľa pred ich až aby tiež má
        tým tejto nie keď však ešte teda kde prečo ja ty on ona my vy oni ma mi ti mu nás vám
        ďakujem prosím áno ste môj tento táto toto bude mám chcem hoci preto svoj svoju svojej jej
        ktorého ktorej ktorých boli budú budem musím treba dobre dnes teraz tu tam viac menej veľa
        jeden jedna dva tri rok roku prvý nový veľký okolo proti cez počas ani no či zo sme i""",
    "hu": """a az és hogy nem is egy van ez de volt meg csak már ha mint el még vagy ki kell lesz
        mert nagyon ami azt ezt én te ő mi ti ők neki nekem nekünk itt ott így úgy után alatt között
        által szerint amely aki akkor most mit hol miért hogyan igen köszönöm kérem vagyok vagyunk
        lehet volna minden be fel le egyik sok több első két három új nagy jó kicsi azonban valamint
        illetve például majd ezek azok ezért azért pedig sem se hanem hiszen mivel ahol amikor ahogy
        mintha vele velem veled neked nektek tőle róla rá benne ben ban ból nál hoz ennek annak
        ezzel azzal ehhez erre arra kellett tudom szeretném kérek legyen voltak voltam nincs""",
    "ro": """și în de la a cu pe că nu este o un din care pentru mai sunt se au ca sau fost ce ar
        prin după dar dacă fi el ea ei ele lui lor acest această aceste acestea al ale către fără
        între până când unde cum eu tu noi voi îmi îți mă te ne vă mea meu tău da mulțumesc rog am
        ai avem foarte doar încă astfel decât nici s într sa său săi sale își unui unei unor aceasta
        acesta aceea acel acelea fiind avea avut era erau fac face făcut trebuie poate pot vreau
        bine bună mult mulți prima doi două trei an ani anul mare nou toate toți tot astăzi acum
        aici acolo deci însă totuși iar ori fie despre peste sub asupra contra spre""",
    "tr": """ve bir bu için de da ile olarak çok daha en gibi olan ne o ama ben sen biz siz onlar
        var yok değil mi mı mu mü ki kadar sonra önce her şey nasıl neden nerede kim hangi evet
        hayır lütfen teşekkür ederim olduğu ise ya veya hem ancak göre tarafından üzerinde bana sana
        ona bize benim senin onun bizim şu diye iyi şimdi olduğunu oldu oldum olmak olması yapmak
        yaptı ederek etti edilen edilir ilk iki üç büyük yeni yıl yılında zaman bile kendi kendisi
        bazı bütün tüm sadece yalnız artık henüz belki fakat çünkü eğer böyle öyle şöyle burada
        orada istiyorum lazım gerek bunu onu şunu bunun buna içinde arasında karşı dolayı rağmen
        itibaren adet tane diğer başka aynı hiç herkes""",
    "vi": """và của là có không được cho các những một trong với người này đã để khi tôi bạn anh chị
        em ông bà nó họ chúng ta thì mà như từ đến cũng vào ra lại rất nhiều nhưng vì nếu hay hoặc
        đang sẽ phải nên rồi thế gì nào sao đâu ai cảm ơn vâng dạ đó ở về hơn năm""",
    "id": """yang dan di dari untuk dengan pada ini itu tidak dalam adalah ke akan oleh sebagai juga
        atau karena ada bisa dapat saya anda kami kita mereka dia ia telah sudah belum lebih seperti
        saat jika bahwa namun tetapi apa siapa mana bagaimana mengapa kenapa terima kasih tolong ya
        bukan hanya sangat secara antara tersebut setelah para menjadi lagi aku kamu sebuah seorang
        semua banyak orang tahun hari baru besar ketika yaitu sejak hingga sampai menggunakan
        memiliki merupakan masih pernah harus ingin mau begitu sekali maka pun lain sama sendiri
        kembali kepada terhadap atas bawah serta digunakan pertama satu dua tiga nya kalau biar oke
        mohon maaf tak ialah kerana boleh ianya beliau perlu sedang""",
    "ca": """de la i el que a en un els les per del una és amb no es al dels com més ha o va ser són
        aquest aquesta però també seva seu quan fins molt sobre entre on està jo tu ell ella
        nosaltres vosaltres hi ho li em et ens us meu meva gràcies sí què perquè hem han fer té tots
        tot altres aquí això des sense l d m n s t""",
    "hr": """i u je na se da su za od s o a kao koji koja koje ne te bi ili što iz po do nije biti
        bio bila bilo ali samo već kako ako kad kada gdje tko zašto ja ti on ona mi vi oni mene tebe
        nas vas mu joj njegov njezin moj tvoj ovaj ova ovo taj ta to sam si smo ste hvala molim ima
        može nakon prema između bez pri još vrlo sve svi sa šta jer nego ono one onda jedan jedna
        dva tri godine godina prvi novi velik mogu moram treba želim dobro danas sada tada ovdje
        tamo zato tako više manje mnogo svoj svoju svoje svojim kojim kojoj kojih kojem tijekom oko
        protiv kroz ni niti ipak dok jest biše uz""",
    "sl": """in je v na se da so za z s o pa ki kot ne bi ali po do od iz pri tudi bil bila bilo ni
        ter še le že kako če ko kje kdo zakaj jaz ti on ona mi vi oni mene tebe nas vas mu njegov
        moj tvoj ta to te tega sem si smo ste hvala prosim ima lahko med brez zelo vse kaj biti saj
        sicer zato torej vendar čeprav dokler medtem svoj svojo svoje njegova njihov katerega kateri
        katera katere kjer bili bile bodo bom boš bomo moram moraš treba želim dobro danes zdaj
        tukaj tam več manj veliko eden ena dva tri leta leto prvi nov okoli proti skozi nad pod""",
    "et": """ja on ei et see oli ta kui ka mis ning või aga oma mida mina sina meie teie nemad ma sa
        me te nad olen oled oleme kas nagu siis veel juba ainult väga pärast enne koos ilma kus miks
        kuidas kes selle seda need mille mind sind aitäh palun jah olla olnud saab pole ole kuid
        olin olid olime tema teda temale nende neid mul sul tal meil teil neil mulle sulle talle
        meile millal sest siin seal nüüd ennast palju rohkem kõik iga üks kaks kolm aasta aastal sai
        tuli läks teha võib peab tahan vaja head eest juurde sees peale alla üle läbi vahel ees taga
        kuni alates vastu selles sellest seega esimene uus suur""",
    "lv": """un ir ar no par uz ka kas pie pēc lai bet kā arī vai tika viņš viņa es tu mēs jūs viņi
        tas tā šis šī nav bija būt bez līdz pirms ļoti tikai jau vēl kad kur kāpēc man tev mums jums
        paldies lūdzu jā nē esmu esi to tiek savu viņu viņam viņai mani tevi mūsu jūsu kurš kura
        kuri biju būtu būs var vajag gribu tomēr ja jo tāpēc tad tagad šeit tur visi viss viens divi
        trīs gada gadā pirmais jauns liels starp pret caur kopā vairāk dažādi šo šajā tās tam ko""",
    "lt": """ir yra į kad su iš tai bet kaip ar ne po už apie jis ji aš tu mes jūs jie buvo būti nuo
        iki prie per dar jau tik labai kai kur kodėl kas man tau mums jums ačiū prašau taip nėra esu
        savo šis ši tas ta jo jos jų jam jai tavo mano mūsų jūsų kuris kuri kurie kurios buvau būtų
        bus gali turi reikia noriu tačiau bei arba nors jeigu jei todėl nes kada dabar čia ten visi
        visas vienas du trys metų metais pirmasis naujas didelis tarp dėl pagal prieš link net vis
        dažnai tada šią šio šios tuo tame pat""",
    "tl": """ang ng sa na mga ay at si ni para ito siya ako ikaw kami tayo kayo sila hindi may
        mayroon kung pero dahil kasi din rin lang ba po opo ko mo niya natin namin nila akin iyo ano
        sino saan kailan bakit paano salamat oo isang noong mula nang""",
    "sq": """dhe të në e i një për me nga që është si nuk më se do ka kjo ky këto ata ajo ai unë ti
        ne ju tek te por ose edhe pas para kur ku pse çfarë faleminderit po jo janë ishte kanë kam
        """,
    "is": """og í að á er sem við um en hann hún það ekki var til með fyrir af þau þeir ég þú mig
        þig mér þér okkur hans hennar frá eða þegar þar hér hvar hvers hvernig takk já nei hafa eru
        voru verið mjög líka bara""",
    "af": """die en van is in het nie om te dat vir met op hy sy ek jy ons hulle was wat by as aan
        kan sal moet wees ook maar of nog dan uit na so baie deur hierdie daardie asseblief dankie
        ja nee hoe hoekom waar wie wanneer my jou u haar hom""",
    "eu": """eta da ez bat du ere dira izan zen baina hau hori dute zuen edo egin gehiago den duen
        dut naiz zara gara dago daude nire zure gure hemen han zer nor non noiz nola zergatik bai
        eskerrik asko mesedez oso ondo beste batek bere horrek hauek urte urtean behar ditu dituzte
        zituen ziren arte baino bezala gero orain""",
    "sw": """na ya wa kwa ni katika la za cha vya hii hiyo huyu hawa yake wake zake lakini au kama
        sana pia kuwa mimi wewe yeye sisi ninyi wao nini nani wapi lini vipi gani si ndiyo hapana
        asante tafadhali bado tu baada kabla hadi kutoka kila moja mbili watu mtu nina una ana tuna
        mna wana nataka naomba samahani habari""",
    "ru": """и в не на я что он с это а как но по из у за то все она так его же от бы о для мы ты вы
        они мне меня тебя вас нас ему её их только уже ещё если или когда чтобы где есть был была
        было были быть до при нет да спасибо пожалуйста очень почему кто который которые также после
        этот эта этого может можно во со ли этом этой того той тем тех том кого чего один одна одно
        два три первый год году лет время раз люди день сейчас теперь тогда здесь там потом потому
        поэтому однако хотя пока под над между через около более много мало всего всех всем каждый
        другой сам себя свой свою своей своего моя мой твой наш ваш надо нужно хочу хорошо ладно
        здравствуйте привет""",
    "uk": """і в не на я що він з це а як але по із у за то все вона так його же від би о для ми ти
        ви вони мені мене тебе вас нас йому її їх тільки вже ще якщо або коли щоб де є був була було
        були бути до при ні дякую будь ласка дуже чому хто який які також після цей ця цього може та
        й зі про цьому цієї того тієї тим тих один одна два три рік року час зараз тепер тут там
        потім тому однак хоча поки під над між через більше багато всього всіх кожен інший сам себе
        свій треба потрібно хочу добре вітаю привіт стати яка яке""",
    "bg": """и в не на аз че той с това а как но по от за то са тя така му се да си ще съм сте сме е
        ние ти вие те мен теб вас нас ѝ им само вече още ако или когато къде има беше бяха бъде до
        при няма благодаря моля много защо кой която които също след този тази тези може във със ли
        онзи един една едно два три година години време сега тогава тук там после затова обаче
        въпреки докато под над между през около повече малко всички всеки друг сам себе свой своя
        трябва искам добре здравейте бил била било били какво""",
    "sr": """и у је на се да су за од с о а као који која које не те би или што из по до није бити
        био била било али само већ како ако кад када где ко зашто ја ти он она ми ви они мене тебе
        нас вас му њој његов мој твој овај ова ово тај та то сам си смо сте хвала молим има може
        након према""",
    "mk": """и во на се да е од за со што не го ја ги му ѝ им тоа тој таа тие јас ти ние вие како
        кој која кои но или ако кога каде зошто само веќе уште беше биде има нема по до при меѓу
        благодарам многу овој оваа ова сум си сме сте ќе би""",
    "be": """і ў не на я што ён з гэта а як але па са у за тое ўсё яна так яго ж ад б аб для мы ты
        вы яны мне мяне цябе вас нас яму яе іх толькі ўжо яшчэ калі або каб дзе ёсць быў была было
        былі быць да пры няма дзякуй вельмі чаму хто які якія таксама пасля гэты гэтым гэтай таго
        той тым тых адзін два тры год годзе час цяпер тут там потым таму аднак хоць пакуль пад над
        паміж праз больш шмат усяго усіх кожны другі сам сябе свой трэба хачу добра прывітанне стаў
        стала""",
    "ar": """في من على إلى أن هذا هذه التي الذي ما لا هو هي كان عن مع كل أو لم قد بعد كما بين ذلك
        عند أنا أنت نحن هم كيف لماذا متى أين نعم شكرا ليس حتى إذا ثم حيث لقد كانت وقد وهو غير هل يا
        أي الى او ان يكون تكون هناك هنا الآن جدا فقط أيضا مثل خلال تحت فوق منذ عبر ضد نحو لدى لكن
        لكنه لأن لذلك أحد واحد اثنان ثلاثة عام سنة يوم أول بعض جميع كلها أكثر أقل أريد يمكن يجب
        مرحبا فضلك تم وهي ولا وفي ومن وكان وكانت له لها لهم به بها فيه فيها منه منها عليه عليها إليه
        """,
    "fa": """و در به از که این را با است برای آن یک خود تا کرد بر هم نیز شد بود می ها های ما من تو
        شما او آنها چه چرا کجا کی چطور بله نه ممنون لطفا اما یا اگر شده دارد باید شود هر دو پس""",
    "ur": """کے میں کی ہے اور سے کا کو اس نے پر ہیں کہ یہ تھا ایک ان بھی وہ نہیں ہو جو تھے تھی گیا
        کر تو ہم آپ میرا کیا کیوں کہاں شکریہ جی ہاں لیے ساتھ بعد""",
    "hi": """के में की है और से का को पर यह ने हैं कि एक वह नहीं भी तो हो था थे थी इस उस लिए कर जो
        मैं हम आप तुम मेरा क्या क्यों कहाँ कैसे धन्यवाद जी हाँ या साथ बाद गया कोई अपने रहा""",
    "mr": """आहे आणि या ते हे च्या मध्ये तो ती की होते होता होती नाही एक व त्या त्यांनी करून मी
        आम्ही तुम्ही माझा काय का कुठे कसे धन्यवाद हो पण किंवा साठी आहेत असे असून आपल्या त्याच्या
        त्यांच्या याच्या केली केले केला झाले झाली झाला जाते जातो येथे येते तसेच अशी असा असते मात्र
        नंतर पासून द्वारे वर खाली आणखी मला तुला त्याला तिला आम्हाला नका तर जर म्हणून म्हणजे मधील
        काही सर्व हा ही येतो""",
    "ne": """र छ मा को का यो ले लाई गर्न भएको हुन् थियो पनि छन् एक म हामी तपाईं मेरो के किन कहाँ
        कसरी धन्यवाद छैन तर वा लागि भने गरेको""",
}
"""The small words of each language that shares its script with others."""
