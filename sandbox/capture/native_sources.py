"""The little programs and settings that the captures of compiled programs and servers run."""

_SERVES = """package main

import (
	"fmt"
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ok") })
	log.Print("listening on :8080")
	log.Fatal(http.ListenAndServe(":8080", nil))
}
"""
GO = {
    "serves": _SERVES,
    "panics": """package main

import "fmt"

type basket struct{ items []string }

func first(b *basket) string { return b.items[0] }

func main() { fmt.Println(first(nil)) }
""",
    "nil-map": """package main

func main() {
	var prices map[string]int
	prices["tea"] = 3
}
""",
    "fatal": """package main

import (
	"log"
	"os"
)

func main() {
	if _, err := os.ReadFile("/etc/shop/config.yaml"); err != nil {
		log.Fatalf("cannot read the configuration: %v", err)
	}
}
""",
    "deadlock": """package main

func main() { <-make(chan int) }
""",
    "port-in-use": """package main

import (
	"log"
	"net"
	"net/http"
)

func main() {
	if _, err := net.Listen("tcp", ":8082"); err != nil {
		log.Fatal(err)
	}
	log.Print("listening on :8082")
	log.Fatal(http.ListenAndServe(":8082", nil))
}
""",
    "connects": """package main

import (
	"log"
	"net"
	"os"
	"time"
)

func main() {
	if _, err := net.DialTimeout("tcp", os.Getenv("BACKEND"), 5*time.Second); err != nil {
		log.Fatalf("cannot reach the backend: %v", err)
	}
	log.Fatal("the backend answers")
}
""",
    "config": """package main

import (
	"log"
	"os"
)

func main() {
	if os.Getenv("STRIPE_KEY") == "" {
		log.Fatal("required key STRIPE_KEY missing value")
	}
}
""",
}
JAVA = {
    "Serves": """import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Serves {
    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> { exchange.sendResponseHeaders(200, -1); exchange.close(); });
        server.start();
        System.out.println("listening on 8080");
    }
}
""",
    "NullPointer": """public class NullPointer {
    static int total(String[] basket) { return basket.length; }

    public static void main(String[] arguments) { System.out.println(total(null)); }
}
""",
    "Heap": """import java.util.ArrayList;

public class Heap {
    public static void main(String[] arguments) {
        ArrayList<byte[]> kept = new ArrayList<>();
        while (true) kept.add(new byte[1 << 20]);
    }
}
""",
    "ClassMissing": """public class ClassMissing {
    public static void main(String[] arguments) throws Exception { Class.forName("org.postgresql.Driver"); }
}
""",
}
SPRING = {
    "pom.xml": """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId>
<version>3.5.0</version></parent>
<groupId>shop</groupId><artifactId>shop</artifactId><version>1</version>
<properties><java.version>17</java.version></properties>
<dependencies>
<dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency>
<dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-actuator</artifactId></dependency>
<dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-jdbc</artifactId></dependency>
<dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId></dependency>
</dependencies>
<build><plugins><plugin><groupId>org.springframework.boot</groupId>
<artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>
""",
    "src/main/java/shop/Shop.java": """package shop;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class Shop {
    public static void main(String[] arguments) { SpringApplication.run(Shop.class, arguments); }
}
""",
    "src/main/resources/schema.sql": "create table if not exists orders (id bigint);\n",
}
_NGINX = "pid /srv/nginx/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; {} }}\n"
_TEMP = " ".join(
    f"{kind}_temp_path /srv/nginx/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)
NGINX = {
    "good": _NGINX.format(_TEMP + " server { listen 8081; location / { return 200 ok; } }"),
    "upstream-not-found": _NGINX.format(
        _TEMP + " upstream api { server api-gone.internal:8080; }"
        " server { listen 8081; location / { proxy_pass http://api; } }"
    ),
    "unknown-directive": _NGINX.format(_TEMP + " server { listen 8081; proxy_buffer_sizes 8k; }"),
    "certificate-missing": _NGINX.format(
        _TEMP + " server { listen 8443 ssl; ssl_certificate /etc/tls/shop.pem; ssl_certificate_key /etc/tls/shop.key; }"
    ),
}
RUBY = {
    "load-error": "require 'sinatra/namespace'\n",
    "key-error": "puts ENV.fetch('SECRET_KEY_BASE')\n",
    "no-method-error": "def total(basket) = basket.sum\n\nputs total(nil)\n",
}
